import { HeadroomError } from '../contract/errors.ts';
import { checkSteps, type SchedulerConfig, type Settings, withDefaults } from './config.ts';
import type { Scheduler } from './scheduler.ts';
import { respacedSigmas, respacesSigmas } from './sigmas.ts';
import { linspace } from './spacing.ts';
import { checkIndex } from './turn.ts';
import { add, scale, subtract } from './vector.ts';

const { fround } = Math;

const DEFAULTS = {
  num_train_timesteps: 1000,
  shift: 1,
  use_dynamic_shifting: false,
  time_shift_type: 'exponential',
} as const;
type FlowSettings = Settings<keyof typeof DEFAULTS>;

/** What a pipeline adds to the configuration, as it passes it to diffusers' `set_timesteps`. */
export interface FlowOptions {
  /** The shift of the timesteps for this picture's size: `dynamicShift`. Needed by configurations with dynamic shifting. */
  readonly mu?: number;
  /** Noise levels before any shift, descending from 1, one for each step; FLUX counts them from 1 to 1 / steps. */
  readonly sigmas?: readonly number[];
}

/**
 * Euler's method on the straight path x = (1 - σ) · original + σ · noise, along the velocity noise - original that the
 * model predicts: Esser et al., "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis". Reference:
 * diffusers' `FlowMatchEulerDiscreteScheduler`.
 * @throws HeadroomError `internal` if the configuration shifts dynamically and `mu` is not given
 */
export function createFlowMatchEuler(config: SchedulerConfig, steps: number, options: FlowOptions = {}): Scheduler {
  const settings = withDefaults(config, DEFAULTS);
  checkSteps(steps, settings.num_train_timesteps);
  const levels = noiseLevels(settings, steps, options);
  const timesteps = levels.map((sigma) => fround(sigma * settings.num_train_timesteps));
  const sigmas = [...levels, 0];

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    order: 1,

    scaleModelInput: (sample) => sample,

    step(modelOutput, index, sample) {
      checkIndex(index, timesteps.length);
      const [sigma, next] = [sigmas[index]!, sigmas[index + 1]!];
      return {
        sample: add(sample, scale(modelOutput, fround(next - sigma))),
        predictedOriginal: subtract(sample, scale(modelOutput, sigma)),
      };
    },

    addNoise(original, noise, index) {
      checkIndex(index, timesteps.length);
      const sigma = sigmas[index]!;
      return add(scale(noise, sigma), scale(original, fround(1 - sigma)));
    },
  };
}

/**
 * The shift `mu` for a picture of so many tokens, by the configuration's line between its base and its maximum:
 * `calculate_shift` of diffusers' Flux pipeline.
 */
export function dynamicShift(config: SchedulerConfig, tokens: number): number {
  const line = withDefaults(config, {
    base_image_seq_len: 256,
    max_image_seq_len: 4096,
    base_shift: 0.5,
    max_shift: 1.15,
  });
  const slope = (line.max_shift - line.base_shift) / (line.max_image_seq_len - line.base_image_seq_len);
  return tokens * slope + (line.base_shift - slope * line.base_image_seq_len);
}

function noiseLevels(settings: FlowSettings, steps: number, { mu, sigmas }: FlowOptions): number[] {
  if (sigmas && sigmas.length !== steps) {
    throw new HeadroomError('internal', `${sigmas.length} noise levels were given for ${steps} steps.`);
  }
  const shift = shiftOf(settings, mu);
  const levels = (sigmas?.map(fround) ?? trainingLevels(settings, steps)).map(shift);
  const spread = respacesSigmas(settings) ? respacedSigmas(settings, levels[0]!, levels.at(-1)!, steps) : levels;
  return spread.map(fround);
}

/** From the training's noisiest level to its least noisy one, which a static shift has moved already. */
function trainingLevels(settings: FlowSettings, steps: number): number[] {
  const count = settings.num_train_timesteps;
  const shift = settings.use_dynamic_shifting ? (level: number) => level : shiftOf(settings, undefined);
  const bounds = [1, 1 / count].map((level) => fround(shift(fround(level))) * count);
  return linspace(bounds[0]!, bounds[1]!, steps).map((timestep) => timestep / count);
}

function shiftOf(settings: FlowSettings, mu: number | undefined): (level: number) => number {
  const { shift } = settings;
  if (!settings.use_dynamic_shifting) return (level) => (shift * level) / (1 + (shift - 1) * level);
  if (mu === undefined) {
    throw new HeadroomError(
      'internal',
      'A scheduler with dynamic shifting was made without the shift for its picture.',
    );
  }
  const strength = settings.time_shift_type === 'exponential' ? Math.exp(mu) : mu;
  return (level) => strength / (strength + (1 / level - 1));
}
