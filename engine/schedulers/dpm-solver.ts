import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { type Level, levelOf, solverSchedule, solverScheduler } from './solver-schedule.ts';
import { checkTurn } from './turn.ts';
import { add, scale, subtract } from './vector.ts';

const { exp, fround, sqrt } = Math;

/** Below so many steps the last ones are of lower order, where the configuration allows it. */
const FEW_STEPS = 15;

/**
 * DPM-Solver++ (multistep, of the configured order): Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion
 * Probabilistic Models", algorithms 2 and, with `sde`, its stochastic variant (appendix B). Reference: diffusers'
 * `DPMSolverMultistepScheduler`.
 */
export function createDpmSolver(config: SchedulerConfig, steps: number, { sde }: { sde: boolean }): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'linspace',
    solver_order: 2,
    solver_type: 'midpoint',
    lower_order_final: true,
    euler_at_final: false,
    final_sigmas_type: 'zero',
    lambda_min_clipped: Number.NEGATIVE_INFINITY,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const schedule = solverSchedule(settings, steps, {
    finalSigma: settings.final_sigmas_type,
    roundsKarras: settings.beta_schedule !== 'squaredcos_cap_v2',
    lowestLambda: settings.lambda_min_clipped,
  });
  const { timesteps, sigmas } = schedule;
  // The paper has no stochastic solver of third order, and the one in diffusers has a sign wrong.
  const order = sde ? Math.min(settings.solver_order, 2) : settings.solver_order;
  const levels = sigmas.map(levelOf);
  const count = timesteps.length;
  const lowersFinal = settings.lower_order_final && count < FEW_STEPS;
  const firstOrderFinal = settings.euler_at_final || lowersFinal || settings.final_sigmas_type === 'zero';

  let previousIndex: number | null = null;
  /** The latest first. */
  let originals: readonly Float32Array[] = [];

  return {
    ...solverScheduler(schedule),

    step(modelOutput, index, sample, noise) {
      checkTurn(index, previousIndex, count);
      const { alpha, sigma } = levels[index]!;
      const predictedOriginal = predictOriginal(settings.prediction_type, modelOutput, sample, alpha, sigma);
      const known = [predictedOriginal, ...originals].slice(0, order);
      const limit = index === count - 1 && firstOrderFinal ? 1 : index === count - 2 && lowersFinal ? 2 : 3;
      const used = known.slice(0, limit);

      const moved = advance(sample, used, levels[index + 1]!, levels.slice(0, index + 1).reverse());
      const result = { sample: sde ? add(moved, scale(noise(), addedNoise(index))) : moved, predictedOriginal };
      originals = known;
      previousIndex = index;
      return result;
    },
  };

  /** `from` holds the level of each original, the latest first. */
  function advance(
    sample: Float32Array,
    known: readonly Float32Array[],
    to: Level,
    from: readonly Level[],
  ): Float32Array {
    const h = fround(to.lambda - from[0]!.lambda);
    // The stochastic solver goes twice as far and adds noise for the difference.
    const z = sde ? fround(2 * h) : h;
    const decay = fround(exp(-z));
    const ratio = fround(to.sigma / from[0]!.sigma);
    const kept = sde ? fround(ratio * fround(exp(-h))) : ratio;
    const gained = fround(to.alpha * fround(1 - decay));
    const base = add(scale(sample, kept), scale(known[0]!, gained));
    if (known.length === 1) return base;

    const r0 = fround(fround(from[0]!.lambda - from[1]!.lambda) / h);
    const slope0 = scale(subtract(known[0]!, known[1]!), fround(1 / r0));
    // alpha · ((e^-z - 1) / z + 1)
    const first = fround(to.alpha * fround(fround(fround(decay - 1) / z) + 1));
    if (known.length === 2) {
      return add(base, scale(slope0, settings.solver_type === 'heun' ? first : fround(0.5 * gained)));
    }

    const r1 = fround(fround(from[1]!.lambda - from[2]!.lambda) / h);
    const slope1 = scale(subtract(known[1]!, known[2]!), fround(1 / r1));
    const bend = subtract(slope0, slope1);
    const slope = add(slope0, scale(bend, fround(r0 / fround(r0 + r1))));
    const curve = scale(bend, fround(1 / fround(r0 + r1)));
    const second = fround(to.alpha * fround(fround(fround(fround(decay - 1) + z) / fround(z * z)) - 0.5));
    return subtract(add(base, scale(slope, first)), scale(curve, second));
  }

  /** The standard deviation of the noise that the stochastic solver adds. */
  function addedNoise(index: number): number {
    const [from, to] = [levels[index]!, levels[index + 1]!];
    const h = fround(to.lambda - from.lambda);
    return fround(to.sigma * fround(sqrt(fround(1 - fround(exp(fround(-2 * h)))))));
  }
}
