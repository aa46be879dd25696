import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { solveLinear } from './linear-system.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { respacesSigmas } from './sigmas.ts';
import { type Level, levelOf, solverSchedule, solverScheduler } from './solver-schedule.ts';
import { checkTurn } from './turn.ts';
import { add, divide, scale, subtract } from './vector.ts';

const { expm1, fround } = Math;

/** What a step leaves for the next one to correct. */
interface Last {
  /** The sample that the step started from, corrected. */
  readonly sample: Float32Array;
  readonly order: number;
  /** The predicted originals up to that step, the latest first. */
  readonly originals: readonly Float32Array[];
}

/**
 * UniPC, predicting the original: Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of
 * Diffusion Models", algorithms 5 to 8. Each answer first corrects the last step, then predicts the next. Reference:
 * diffusers' `UniPCMultistepScheduler`.
 */
export function createUnipc(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'linspace',
    solver_order: 2,
    solver_type: 'bh2',
    lower_order_final: true,
    final_sigmas_type: 'zero',
    disable_corrector: [],
  });
  checkSteps(steps, settings.num_train_timesteps);
  const finalSigma =
    settings.final_sigmas_type === 'sigma_min' && respacesSigmas(settings) ? 'last' : settings.final_sigmas_type;
  const schedule = solverSchedule(settings, steps, { finalSigma, roundsKarras: true });
  const { timesteps } = schedule;
  const levels = schedule.sigmas.map(levelOf);
  const arrivesAtImage = settings.final_sigmas_type === 'zero';
  let previousIndex: number | null = null;
  let last: Last | null = null;

  return {
    ...solverScheduler(schedule),

    step(modelOutput, index, sample) {
      checkTurn(index, previousIndex, timesteps.length);
      const { alpha, sigma } = levels[index]!;
      const predictedOriginal = predictOriginal(settings.prediction_type, modelOutput, sample, alpha, sigma);
      const corrects = last !== null && !settings.disable_corrector.includes(index - 1);
      const corrected = corrects ? correct(last!, predictedOriginal, index) : sample;

      const originals = [predictedOriginal, ...(last?.originals ?? [])].slice(0, settings.solver_order);
      const remaining = timesteps.length - index;
      // The step onto the image itself has no finite lambda: it is always of first order.
      const lowers = settings.lower_order_final || (remaining === 1 && arrivesAtImage);
      const order = lowers ? Math.min(originals.length, remaining) : originals.length;
      const result = { sample: predict(corrected, originals.slice(0, order), index), predictedOriginal };
      last = { sample: corrected, order, originals };
      previousIndex = index;
      return result;
    },
  };

  function predict(sample: Float32Array, originals: readonly Float32Array[], index: number): Float32Array {
    const order = originals.length;
    const step = between(levels[index]!, levels[index + 1]!);
    const base = exponentialStep(sample, originals[0]!, step);
    if (order === 1) return base;
    const { differences, ratios } = history(originals, index, step.h);
    const { rows, right } = conditions([...ratios, 1], step);
    const weights =
      order === 2
        ? [0.5]
        : solveLinear(
            rows.slice(0, -1).map((row) => row.slice(0, -1)),
            right.slice(0, -1),
          );
    return subtract(base, scale(weightedSum(differences, weights), step.residual));
  }

  /** The sample at `index` again, now that the model has answered there. */
  function correct({ sample, order, originals }: Last, answered: Float32Array, index: number): Float32Array {
    const step = between(levels[index - 1]!, levels[index]!);
    const base = exponentialStep(sample, originals[0]!, step);
    const { differences, ratios } = history(originals.slice(0, order), index - 1, step.h);
    const { rows, right } = conditions([...ratios, 1], step);
    const weights = order === 1 ? [0.5] : solveLinear(rows, right);
    const residual = weightedSum([...differences, subtract(answered, originals[0]!)], weights);
    return subtract(base, scale(residual, step.residual));
  }

  /** How much the earlier originals differ from the latest, per step; and how far back they lie, in steps. */
  function history(originals: readonly Float32Array[], index: number, h: number) {
    const ratios = originals.slice(1).map((_, i) => {
      return fround(fround(levels[index - 1 - i]!.lambda - levels[index]!.lambda) / h);
    });
    const differences = originals.slice(1).map((original, i) => divide(subtract(original, originals[0]!), ratios[i]!));
    return { differences, ratios };
  }

  function between(from: Level, to: Level) {
    const h = fround(to.lambda - from.lambda);
    const decay = fround(expm1(-h));
    // B(h) of the paper: the two choices that it names bh1 and bh2.
    const b = settings.solver_type === 'bh1' ? -h : decay;
    return { from, to, h, decay, b, residual: fround(to.alpha * b) };
  }

  function exponentialStep(
    sample: Float32Array,
    original: Float32Array,
    step: ReturnType<typeof between>,
  ): Float32Array {
    const kept = scale(sample, fround(step.to.sigma / step.from.sigma));
    return subtract(kept, scale(original, fround(step.to.alpha * step.decay)));
  }

  /** Equation 9 of the paper: row k of the matrix are the ratios' k-th powers, the right side is φ_k · k! · / B(h). */
  function conditions(ratios: readonly number[], { h, decay, b }: ReturnType<typeof between>) {
    const rows: number[][] = [];
    const right: number[] = [];
    let factorial = 1;
    let phi = fround(fround(decay / -h) - 1);
    for (let k = 1; k <= ratios.length; k++) {
      rows.push(ratios.map((ratio) => fround(ratio ** (k - 1))));
      right.push(fround(fround(phi * factorial) / b));
      factorial *= k + 1;
      phi = fround(fround(phi / -h) - fround(1 / factorial));
    }
    return { rows, right };
  }
}

function weightedSum(values: readonly Float32Array[], weights: readonly number[]): Float32Array {
  return values.map((value, i) => scale(value, fround(weights[i]!))).reduce(add);
}
