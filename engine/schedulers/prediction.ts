import type { SchedulerConfig } from './config.ts';
import { add, divide, scale, subtract } from './vector.ts';

const { fround, sqrt } = Math;

export type PredictionType = NonNullable<SchedulerConfig['prediction_type']>;

/**
 * The noise-free latents that a denoiser's answer means, for a sample x = alpha · original + sigma · noise.
 *
 * - `epsilon`: the answer is the noise
 * - `sample`: the answer is the original
 * - `v_prediction`: the answer is alpha · noise - sigma · original, where alpha² + sigma² = 1
 */
export function predictOriginal(
  type: PredictionType,
  modelOutput: Float32Array,
  sample: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  switch (type) {
    case 'epsilon':
      return divide(subtract(sample, scale(modelOutput, sigma)), alpha);
    case 'sample':
      return modelOutput;
    case 'v_prediction':
      return subtract(scale(sample, alpha), scale(modelOutput, sigma));
  }
}

/** The same for a sample x = original + sigma · noise, of which the denoiser saw x / √(sigma² + 1). */
export function predictOriginalFromSigma(
  type: PredictionType,
  modelOutput: Float32Array,
  sample: Float32Array,
  sigma: number,
): Float32Array {
  switch (type) {
    case 'epsilon':
      return subtract(sample, scale(modelOutput, sigma));
    case 'sample':
      return modelOutput;
    case 'v_prediction': {
      const variance = totalVariance(sigma);
      return add(scale(modelOutput, fround(-sigma / fround(sqrt(variance)))), divide(sample, variance));
    }
  }
}

/** What the denoiser sees of a sample x = original + sigma · noise: unit variance. */
export function scaleToUnitVariance(sample: Float32Array, sigma: number): Float32Array {
  return divide(sample, fround(sqrt(totalVariance(sigma))));
}

function totalVariance(sigma: number): number {
  return fround(fround(sigma * sigma) + 1);
}
