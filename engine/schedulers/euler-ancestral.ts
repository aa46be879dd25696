import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginalFromSigma } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { sigmaSchedule, sigmaScheduler } from './sigma-schedule.ts';
import { checkIndex } from './turn.ts';
import { add, divide, scale, subtract } from './vector.ts';

const { fround, sqrt } = Math;

/**
 * Euler steps to less noise than the next timestep has, and new noise for the difference: `sample_euler_ancestral` of
 * Katherine Crowson's k-diffusion. Reference: diffusers' `EulerAncestralDiscreteScheduler`.
 */
export function createEulerAncestral(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, { ...TRAINING_DEFAULTS, timestep_spacing: 'linspace' });
  checkSteps(steps, settings.num_train_timesteps);
  // This one has no Karras, exponential or beta sigmas.
  const timestepsOwn = { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false };
  const schedule = sigmaSchedule({ ...settings, ...timestepsOwn }, steps);

  return {
    ...sigmaScheduler(schedule, settings.timestep_spacing),
    order: 1,

    step(modelOutput, index, sample, noise) {
      checkIndex(index, schedule.timesteps.length);
      const [sigma, next] = [schedule.sigmas[index]!, schedule.sigmas[index + 1]!];
      const predictedOriginal = predictOriginalFromSigma(settings.prediction_type, modelOutput, sample, sigma);
      const { up, down } = ancestralSigmas(sigma, next);
      const derivative = divide(subtract(sample, predictedOriginal), sigma);
      const moved = add(sample, scale(derivative, fround(down - sigma)));
      // Drawn in the last step, too, where nothing of it is used: the generator's later numbers depend on it.
      return { sample: add(moved, scale(noise(), up)), predictedOriginal };
    },
  };
}

/** How far down to go, and how much noise to add, so that the variances sum to the next sigma's. In float32. */
function ancestralSigmas(sigma: number, next: number): { up: number; down: number } {
  const [variance, nextVariance] = [fround(sigma * sigma), fround(next * next)];
  const removed = fround(variance - nextVariance);
  const up = fround(sqrt(fround(fround(nextVariance * removed) / variance)));
  return { up, down: fround(sqrt(fround(nextVariance - fround(up * up)))) };
}
