import { HeadroomError } from '../contract/errors.ts';
import type { PredictionType } from './prediction.ts';
import { add, scale } from './vector.ts';

const { fround, sqrt } = Math;

/** The factors of image and noise in a sample x = √ᾱ · original + √(1 - ᾱ) · noise, in float32. */
export function imageAndNoise(cumulativeAlpha: number): { alpha: number; sigma: number } {
  return { alpha: fround(sqrt(cumulativeAlpha)), sigma: fround(sqrt(fround(1 - cumulativeAlpha))) };
}

/** A sample with as much noise as the cumulative alpha says. */
export function mixNoise(original: Float32Array, noise: Float32Array, cumulativeAlpha: number): Float32Array {
  const { alpha, sigma } = imageAndNoise(cumulativeAlpha);
  return add(scale(original, alpha), scale(noise, sigma));
}

/**
 * With zero terminal SNR the noisiest timestep holds no image, so a prediction of the noise says nothing about it.
 * @throws HeadroomError `model` if a run would begin with such a prediction
 */
export function checkPredictable(type: PredictionType, alphas: Float32Array, timesteps: readonly number[]): void {
  if (type !== 'epsilon' || timesteps.every((timestep) => alphas[timestep] !== 0)) return;
  throw new HeadroomError(
    'model',
    'The scheduler configuration has rescale_betas_zero_snr with prediction_type "epsilon", which cannot begin at pure ' +
      'noise: set prediction_type to "v_prediction" if the model was trained so, or timestep_spacing to "leading".',
  );
}
