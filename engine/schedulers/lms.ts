import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginalFromSigma } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { sigmaSchedule, sigmaScheduler } from './sigma-schedule.ts';
import { checkTurn } from './turn.ts';
import { add, divide, scale, subtract } from './vector.ts';

const ORDER = 4;

/**
 * Linear multistep (Adams-Bashforth) on sigmas, of order 4: `sample_lms` of Katherine Crowson's k-diffusion. Reference:
 * diffusers' `LMSDiscreteScheduler`; unlike it, a run that begins later (image to image) uses the order that its own
 * history allows, so that the coefficients sum to the step.
 */
export function createLms(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, { ...TRAINING_DEFAULTS, timestep_spacing: 'linspace' });
  checkSteps(steps, settings.num_train_timesteps);
  const { timesteps, sigmas } = sigmaSchedule({ ...settings, rescale_betas_zero_snr: false }, steps);
  let previousIndex: number | null = null;
  /** The latest first. */
  let derivatives: readonly Float32Array[] = [];

  return {
    ...sigmaScheduler({ timesteps, sigmas }, settings.timestep_spacing),
    order: 1,

    step(modelOutput, index, sample) {
      checkTurn(index, previousIndex, timesteps.length);
      const sigma = sigmas[index]!;
      const predictedOriginal = predictOriginalFromSigma(settings.prediction_type, modelOutput, sample, sigma);
      const known = [divide(subtract(sample, predictedOriginal), sigma), ...derivatives].slice(0, ORDER);

      const nodes = known.map((_, k) => sigmas[index - k]!);
      const moved = known
        .map((derivative, k) => scale(derivative, integrateBasis(nodes, k, sigma, sigmas[index + 1]!)))
        .reduce(add);
      const result = { sample: add(sample, moved), predictedOriginal };
      derivatives = known;
      previousIndex = index;
      return result;
    },
  };
}

/** The integral, from one sigma to another, of the Lagrange polynomial that is 1 at node `k` and 0 at the others. */
function integrateBasis(nodes: readonly number[], k: number, from: number, to: number): number {
  const basis = (x: number) =>
    nodes.reduce((product, node, j) => (j === k ? product : (product * (x - node)) / (nodes[k]! - node)), 1);
  // Gauss-Legendre with two points is exact up to the third degree.
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  const offset = half / Math.sqrt(3);
  return half * (basis(middle - offset) + basis(middle + offset));
}
