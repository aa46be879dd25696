import { HeadroomError } from '../contract/errors.ts';
import { type Training, trainingSigmas } from './betas.ts';
import type { Settings } from './config.ts';
import type { Scheduler } from './scheduler.ts';
import type { SigmaSchedule } from './sigma-schedule.ts';
import { interpolateSigmas, respacedSigmas, respacesSigmas, timestepOfSigma } from './sigmas.ts';
import { roundHalfToEven, solverTimesteps } from './spacing.ts';
import { checkIndex } from './turn.ts';
import { add, scale } from './vector.ts';

const { fround, log, sqrt } = Math;

/** Image and noise of a sample x = alpha · original + sigma · noise, and half the logarithm of their ratio of variances. */
export interface Level {
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

/** The level of unit variance whose noise-to-image ratio is `ratio`; in float32, as `_sigma_to_alpha_sigma_t`. */
export function levelOf(ratio: number): Level {
  const alpha = fround(1 / fround(sqrt(fround(fround(ratio * ratio) + 1))));
  const sigma = fround(ratio * alpha);
  return { alpha, sigma, lambda: fround(fround(log(alpha)) - fround(log(sigma))) };
}

/** What differs between the solvers' schedules. */
export interface SolverRules {
  /** Where the final step arrives: at the image, at the training's least noise, or at the last sigma once more. */
  readonly finalSigma: 'zero' | 'sigma_min' | 'last';
  /** Whether the timesteps of Karras sigmas are rounded rather than cut; the other distributions' are always cut. */
  readonly roundsKarras: boolean;
  /** Timesteps with more noise than this lambda are left out; for cosine schedules, whose end is unstable. */
  readonly lowestLambda?: number;
}

/**
 * Timesteps, whole, and noise-to-image ratios in float32. Source: `set_timesteps` of diffusers' DPM-Solver, UniPC and DEIS
 * schedulers.
 * @throws HeadroomError `input` if there are more steps than noise levels
 */
export function solverSchedule(
  settings: Training & Settings<'timestep_spacing'>,
  steps: number,
  rules: SolverRules,
): SigmaSchedule {
  const training = trainingSigmas(settings);
  const lowest = rules.lowestLambda ?? Number.NEGATIVE_INFINITY;
  const kept = training.filter((sigma) => levelOf(sigma).lambda >= lowest).length;
  let timesteps = solverTimesteps(settings, steps, kept);
  let sigmas = interpolateSigmas(timesteps, training);
  if (respacesSigmas(settings)) {
    sigmas = respacedSigmas(settings, training.at(-1)!, training[0]!, steps);
    const round = settings.use_karras_sigmas && rules.roundsKarras ? roundHalfToEven : Math.trunc;
    timesteps = sigmas.map((sigma) => round(timestepOfSigma(sigma, training)));
  }
  const last = { zero: 0, sigma_min: training[0]!, last: sigmas.at(-1)! }[rules.finalSigma];
  const descends = sigmas.every((sigma, i) => i === 0 || fround(sigma) < fround(sigmas[i - 1]!));
  if (sigmas.length === 0 || !descends) {
    throw new HeadroomError('input', `This scheduler has fewer noise levels than the ${steps} steps asked for.`, {
      place: { field: 'steps' },
    });
  }
  return { timesteps, sigmas: [...sigmas, last].map(fround) };
}

/** The parts of a scheduler that are the same for all these solvers. */
export function solverScheduler({ timesteps, sigmas }: SigmaSchedule): Omit<Scheduler, 'step'> {
  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    order: 1,
    scaleModelInput: (sample) => sample,
    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      const { alpha, sigma } = levelOf(sigmas[index]!);
      return add(scale(original, alpha), scale(noise, sigma));
    },
  };
}
