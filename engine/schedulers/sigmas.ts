import { betaQuantile } from './beta-quantile.ts';
import type { SchedulerConfig } from './config.ts';
import { linspace } from './spacing.ts';

const { fround } = Math;

/** ρ of equation 5 in Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models". */
const KARRAS_RHO = 7;

/** The training's sigmas at timesteps that need not be whole, by linear interpolation (numpy's `interp`). */
export function interpolateSigmas(timesteps: readonly number[], training: Float32Array): number[] {
  const last = training.length - 1;
  return timesteps.map((timestep) => {
    const low = Math.min(Math.max(Math.floor(timestep), 0), last);
    const high = Math.min(low + 1, last);
    return (training[high]! - training[low]!) * (timestep - low) + training[low]!;
  });
}

/** Whether the configuration asks for sigmas of another distribution than the timesteps' own. */
export function respacesSigmas(config: SchedulerConfig): boolean {
  return Boolean(config.use_karras_sigmas || config.use_exponential_sigmas || config.use_beta_sigmas);
}

/**
 * Descending sigmas between two bounds (or the configuration's own), distributed as the configuration asks:
 * `_convert_to_karras`, `_convert_to_exponential` and `_convert_to_beta` of diffusers' schedulers.
 */
export function respacedSigmas(config: SchedulerConfig, highest: number, lowest: number, steps: number): number[] {
  const max = config.sigma_max ?? highest;
  const min = config.sigma_min ?? lowest;
  if (config.use_karras_sigmas) {
    const [from, to] = [max ** (1 / KARRAS_RHO), min ** (1 / KARRAS_RHO)];
    return linspace(0, 1, steps).map((ramp) => (from + ramp * (to - from)) ** KARRAS_RHO);
  }
  if (config.use_exponential_sigmas) return linspace(Math.log(max), Math.log(min), steps).map(Math.exp);
  return linspace(0, 1, steps).map((ramp) => min + betaQuantile(1 - ramp) * (max - min));
}

/** The timestep, not whole, at which the training had this much noise: interpolated in log sigma, as `_sigma_to_t`. */
export function timestepOfSigma(sigma: number, training: Float32Array): number {
  const wanted = Math.log(Math.max(sigma, 1e-10));
  const logSigma = (index: number) => fround(Math.log(training[index]!));
  let low = 0;
  while (low < training.length - 2 && logSigma(low + 1) <= wanted) low++;
  const distance = fround(logSigma(low) - logSigma(low + 1));
  const weight = Math.min(Math.max((logSigma(low) - wanted) / distance, 0), 1);
  return (1 - weight) * low + weight * (low + 1);
}
