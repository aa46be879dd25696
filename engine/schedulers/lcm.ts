import { HeadroomError } from '../contract/errors.ts';
import { cumulativeAlphas } from './betas.ts';
import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { checkIndex } from './turn.ts';
import { checkPredictable, imageAndNoise, mixNoise } from './variance-preserving.ts';
import { add, clamp, scale } from './vector.ts';

const { fround, sqrt } = Math;

/** The standard deviation of the data that the boundary condition of consistency models assumes. */
const SIGMA_DATA = 0.5;

/**
 * Multistep consistency sampling: Luo et al., "Latent Consistency Models", algorithm 3. Reference: diffusers'
 * `LCMScheduler`. For models distilled for it; it visits timesteps of the distillation's own schedule only.
 */
export function createLcm(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    original_inference_steps: 50,
    timestep_scaling: 10,
    clip_sample: false,
    clip_sample_range: 1,
  });
  const { num_train_timesteps: trained, original_inference_steps: distilled, timestep_scaling: scaling } = settings;
  if (distilled > trained) {
    throw new HeadroomError(
      'model',
      `The scheduler configuration has original_inference_steps ${distilled}, more than its ${trained} timesteps.`,
    );
  }
  checkSteps(steps, distilled);
  const alphas = cumulativeAlphas(settings);
  const stride = Math.floor(trained / distilled);
  const timesteps = Array.from(
    { length: steps },
    (_, i) => (distilled - Math.floor((i * distilled) / steps)) * stride - 1,
  );
  checkPredictable(settings.prediction_type, alphas, timesteps);

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    order: 1,

    scaleModelInput: (sample) => sample,

    step(modelOutput, index, sample, noise) {
      checkIndex(index, timesteps.length);
      const timestep = timesteps[index]!;
      const { alpha, sigma } = imageAndNoise(alphas[timestep]!);
      const predicted = predictOriginal(settings.prediction_type, modelOutput, sample, alpha, sigma);
      const original = settings.clip_sample ? clamp(predicted, settings.clip_sample_range) : predicted;

      const scaled = (timestep * scaling) ** 2 + SIGMA_DATA ** 2;
      const skip = SIGMA_DATA ** 2 / scaled;
      const out = (timestep * scaling) / sqrt(scaled);
      const denoised = add(scale(original, fround(out)), scale(sample, fround(skip)));
      const isLast = index === timesteps.length - 1;
      return {
        sample: isLast ? denoised : mixNoise(denoised, noise(), alphas[timesteps[index + 1]!]!),
        predictedOriginal: denoised,
      };
    },

    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      return mixNoise(original, noise, alphas[timesteps[index]!]!);
    },
  };
}
