import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { respacesSigmas } from './sigmas.ts';
import { levelOf, solverSchedule, solverScheduler } from './solver-schedule.ts';
import { checkTurn } from './turn.ts';
import { add, divide, scale, subtract } from './vector.ts';

const { exp, fround, log } = Math;

/** Below so many steps the last ones are of lower order, where the configuration allows it. */
const FEW_STEPS = 15;

/**
 * DEIS: Zhang and Chen, "Fast Sampling of Diffusion Models with Exponential Integrator"; the multistep variant that
 * interpolates the noise in log ρ, where ρ = sigma / alpha. Reference: diffusers' `DEISMultistepScheduler`.
 */
export function createDeis(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'linspace',
    solver_order: 2,
    lower_order_final: true,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const schedule = solverSchedule({ ...settings, rescale_betas_zero_snr: false }, steps, {
    finalSigma: respacesSigmas(settings) ? 'last' : 'sigma_min',
    roundsKarras: true,
  });
  const { timesteps, sigmas } = schedule;
  const levels = sigmas.map(levelOf);
  const rho = levels.map(({ alpha, sigma }) => fround(sigma / alpha));
  const count = timesteps.length;
  const lowersFinal = settings.lower_order_final && count < FEW_STEPS;
  let previousIndex: number | null = null;
  /** Predicted noise, the latest first. */
  let noises: readonly Float32Array[] = [];

  return {
    ...solverScheduler(schedule),

    step(modelOutput, index, sample) {
      checkTurn(index, previousIndex, count);
      const [from, to] = [levels[index]!, levels[index + 1]!];
      const predictedOriginal = predictOriginal(settings.prediction_type, modelOutput, sample, from.alpha, from.sigma);
      const predictedNoise = divide(subtract(sample, scale(predictedOriginal, from.alpha)), from.sigma);
      const known = [predictedNoise, ...noises].slice(0, settings.solver_order);
      const limit = lowersFinal ? count - index : known.length;
      const used = known.slice(0, limit);

      const moved =
        used.length === 1 ? firstOrder(sample, predictedNoise, index) : multistep(sample, used, index, to.alpha);
      noises = known;
      previousIndex = index;
      return { sample: moved, predictedOriginal };
    },
  };

  function firstOrder(sample: Float32Array, noise: Float32Array, index: number): Float32Array {
    const [from, to] = [levels[index]!, levels[index + 1]!];
    const growth = fround(fround(exp(fround(to.lambda - from.lambda))) - 1);
    return subtract(scale(sample, fround(to.alpha / from.alpha)), scale(noise, fround(to.sigma * growth)));
  }

  function multistep(sample: Float32Array, used: readonly Float32Array[], index: number, alpha: number): Float32Array {
    const nodes = used.map((_, k) => rho[index - k]!);
    const start = divide(sample, levels[index]!.alpha);
    const sum = used
      .map((noise, k) => scale(noise, integrateInLogRho(nodes, k, rho[index]!, rho[index + 1]!)))
      .reduce(add, start);
    return scale(sum, alpha);
  }
}

/** The integral over ρ of the Lagrange polynomial in log ρ that is 1 at node `k` and 0 at the others. */
function integrateInLogRho(nodes: readonly number[], k: number, from: number, to: number): number {
  const logs = nodes.map(log);
  const others = logs.filter((_, j) => j !== k);
  const denominator = others.reduce((product, other) => product * (logs[k]! - other), 1);
  const antiderivative = (x: number) => {
    const l = log(x);
    if (others.length === 1) return x * (l - others[0]! - 1);
    const [c, d] = others as [number, number];
    return x * (l * l - (c + d + 2) * l + c * d + c + d + 2);
  };
  return (antiderivative(to) - antiderivative(from)) / denominator;
}
