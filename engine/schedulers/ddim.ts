import { cumulativeAlphas } from './betas.ts';
import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { wholeTimesteps } from './spacing.ts';
import { checkIndex } from './turn.ts';
import { checkPredictable, imageAndNoise, mixNoise } from './variance-preserving.ts';
import { add, clamp, divide, scale, subtract } from './vector.ts';

/**
 * DDIM without noise of its own (eta 0): Song et al., "Denoising Diffusion Implicit Models", equation 12.
 * Reference: diffusers' `DDIMScheduler`.
 */
export function createDdim(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'leading',
    set_alpha_to_one: true,
    clip_sample: false,
    clip_sample_range: 1,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const alphas = cumulativeAlphas(settings);
  const timesteps = wholeTimesteps(settings, steps);
  checkPredictable(settings.prediction_type, alphas, timesteps);
  const stride = Math.floor(settings.num_train_timesteps / steps);
  const finalAlpha = settings.set_alpha_to_one ? 1 : alphas[0]!;

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    order: 1,

    scaleModelInput: (sample) => sample,

    step(modelOutput, index, sample) {
      checkIndex(index, timesteps.length);
      const timestep = timesteps[index]!;
      const from = imageAndNoise(alphas[timestep]!);
      const to = imageAndNoise(timestep >= stride ? alphas[timestep - stride]! : finalAlpha);

      const predicted = predictOriginal(settings.prediction_type, modelOutput, sample, from.alpha, from.sigma);
      const predictedNoise = {
        epsilon: () => modelOutput,
        sample: () => divide(subtract(sample, scale(predicted, from.alpha)), from.sigma),
        v_prediction: () => add(scale(modelOutput, from.alpha), scale(sample, from.sigma)),
      }[settings.prediction_type]();
      const predictedOriginal = settings.clip_sample ? clamp(predicted, settings.clip_sample_range) : predicted;
      return {
        sample: add(scale(predictedOriginal, to.alpha), scale(predictedNoise, to.sigma)),
        predictedOriginal,
      };
    },

    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      return mixNoise(original, noise, alphas[timesteps[index]!]!);
    },
  };
}
