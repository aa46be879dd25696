import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginalFromSigma } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { sigmaSchedule, sigmaScheduler } from './sigma-schedule.ts';
import { checkTurn } from './turn.ts';
import { add, clamp, divide, scale, subtract } from './vector.ts';

/** What the first half of a step leaves for the second. */
interface FirstHalf {
  readonly sample: Float32Array;
  readonly derivative: Float32Array;
}

/**
 * Heun's method: an Euler step, and a second one from where it arrives, averaged. Algorithm 2 of Karras et al.,
 * "Elucidating the Design Space of Diffusion-Based Generative Models", without churn. Reference: diffusers'
 * `HeunDiscreteScheduler`. All timesteps but the first come twice: the denoiser is asked at both ends of a step, and only
 * once in the last.
 */
export function createHeun(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    beta_start: 0.00085,
    beta_end: 0.012,
    timestep_spacing: 'linspace',
    clip_sample: false,
    clip_sample_range: 1,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const once = sigmaSchedule({ ...settings, rescale_betas_zero_snr: false }, steps);
  const timesteps = once.timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [timestep, timestep]));
  const sigmas = once.sigmas.flatMap((sigma, i) => (i === 0 || i === steps ? [sigma] : [sigma, sigma]));
  let previousIndex: number | null = null;
  let firstHalf: FirstHalf | null = null;

  return {
    ...sigmaScheduler({ timesteps, sigmas }, settings.timestep_spacing),
    order: 2,

    step(modelOutput, index, sample) {
      checkTurn(index, previousIndex, timesteps.length);
      const sigma = sigmas[index]!;
      const predicted = predictOriginalFromSigma(settings.prediction_type, modelOutput, sample, sigma);
      const predictedOriginal = settings.clip_sample ? clamp(predicted, settings.clip_sample_range) : predicted;
      const derivative = divide(subtract(sample, predictedOriginal), sigma);

      const [from, average, distance] = firstHalf
        ? [firstHalf.sample, divide(add(firstHalf.derivative, derivative), 2), sigma - sigmas[index - 1]!]
        : [sample, derivative, sigmas[index + 1]! - sigma];
      const moved = add(from, scale(average, Math.fround(distance)));
      firstHalf = firstHalf ? null : { sample, derivative };
      previousIndex = index;
      return { sample: moved, predictedOriginal };
    },
  };
}
