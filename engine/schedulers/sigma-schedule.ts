import type { Training } from './betas.ts';
import { trainingSigmas } from './betas.ts';
import type { Settings } from './config.ts';
import { scaleToUnitVariance } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { interpolateSigmas, respacedSigmas, respacesSigmas, timestepOfSigma } from './sigmas.ts';
import { fractionalTimesteps } from './spacing.ts';
import { checkIndex } from './turn.ts';
import { add, scale } from './vector.ts';

const { fround, sqrt } = Math;

export interface SigmaSchedule {
  readonly timesteps: readonly number[];
  /** One more than the timesteps: the last is where the final step arrives. */
  readonly sigmas: readonly number[];
}

/**
 * Timesteps and sigmas of the schedulers that follow k-diffusion, in float32.
 * Source: `set_timesteps` of diffusers' Euler, Heun and LMS schedulers.
 */
export function sigmaSchedule(
  settings: Training & Settings<'timestep_spacing'>,
  steps: number,
  finalSigmasType: 'zero' | 'sigma_min' = 'zero',
): SigmaSchedule {
  const training = trainingSigmas(settings);
  let timesteps = fractionalTimesteps(settings, steps);
  let sigmas = interpolateSigmas(timesteps, training);
  if (respacesSigmas(settings)) {
    sigmas = respacedSigmas(settings, sigmas[0]!, sigmas.at(-1)!, steps);
    timesteps = sigmas.map((sigma) => timestepOfSigma(sigma, training));
  }
  const last = finalSigmasType === 'zero' ? 0 : training[0]!;
  return { timesteps: timesteps.map(fround), sigmas: [...sigmas, last].map(fround) };
}

/** The parts of a scheduler that are the same for all samples x = original + sigma · noise. */
export function sigmaScheduler(
  { timesteps, sigmas }: SigmaSchedule,
  spacing: 'linspace' | 'leading' | 'trailing',
): Omit<Scheduler, 'step' | 'order'> {
  const highest = Math.max(...sigmas);
  return {
    timesteps,
    sigmas,
    // The other spacings begin at the noisiest timestep of the training, where the image's own variance is negligible.
    initNoiseSigma: spacing === 'leading' ? fround(sqrt(fround(fround(highest * highest) + 1))) : highest,
    scaleModelInput(sample, index) {
      checkIndex(index, timesteps.length);
      return scaleToUnitVariance(sample, sigmas[index]!);
    },
    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      return add(original, scale(noise, sigmas[index]!));
    },
  };
}
