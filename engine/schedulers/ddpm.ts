import { cumulativeAlphas } from './betas.ts';
import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { wholeTimesteps } from './spacing.ts';
import { checkIndex } from './turn.ts';
import { checkPredictable, imageAndNoise, mixNoise } from './variance-preserving.ts';
import { add, clamp, scale } from './vector.ts';

const { fround, sqrt } = Math;

/**
 * Ancestral sampling of the diffusion's own posterior: Ho et al., "Denoising Diffusion Probabilistic Models", equations 6
 * and 7. Reference: diffusers' `DDPMScheduler`.
 */
export function createDdpm(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'leading',
    variance_type: 'fixed_small',
    clip_sample: false,
    clip_sample_range: 1,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const alphas = cumulativeAlphas(settings);
  const timesteps = wholeTimesteps(settings, steps);
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
      const cumulative = alphas[timestep]!;
      const nextCumulative = index + 1 < timesteps.length ? alphas[timesteps[index + 1]!]! : 1;
      const [beta, nextBeta] = [fround(1 - cumulative), fround(1 - nextCumulative)];
      const stepAlpha = fround(cumulative / nextCumulative);
      const stepBeta = fround(1 - stepAlpha);

      const { alpha, sigma } = imageAndNoise(cumulative);
      const predicted = predictOriginal(settings.prediction_type, modelOutput, sample, alpha, sigma);
      const predictedOriginal = settings.clip_sample ? clamp(predicted, settings.clip_sample_range) : predicted;
      const mean = add(
        scale(predictedOriginal, fround(fround(fround(sqrt(nextCumulative)) * stepBeta) / beta)),
        scale(sample, fround(fround(fround(sqrt(stepAlpha)) * nextBeta) / beta)),
      );
      if (timestep === 0) return { sample: mean, predictedOriginal };
      const posterior = Math.max(fround(fround(nextBeta / beta) * stepBeta), 1e-20);
      const variance = settings.variance_type === 'fixed_large' ? stepBeta : posterior;
      return { sample: add(mean, scale(noise(), fround(sqrt(variance)))), predictedOriginal };
    },

    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      return mixNoise(original, noise, alphas[timesteps[index]!]!);
    },
  };
}
