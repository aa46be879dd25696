import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { drawLatents, type EncodedImage } from './encode-image.ts';

/** What pictures are drawn over, instead of noise alone. */
export interface ImageStart {
  readonly original: EncodedImage;
  /** How much of the way from noise is gone: above 0, up to 1. */
  readonly strength: number;
  /** To draw into a part only. */
  readonly repaint?: Repaint | undefined;
}

export interface Repaint {
  /** For each latent 1 where it is drawn, 0 where the original stays. */
  readonly mask: Float32Array;
  /** The picture without that part, for a denoiser that is shown it. */
  readonly masked?: EncodedImage | undefined;
}

/** A sampling that has begun over a picture. */
export interface BegunSampling {
  /** The first timestep to ask the denoiser at, by index. */
  readonly first: number;
  readonly latents: Float32Array;
  /** Puts the original back where nothing is drawn. @param index of the timestep that the latents are at */
  keep(latents: Float32Array, index: number): Float32Array;
  /** Further channels of what the denoiser is given, behind those of the latents. */
  readonly shown: Float32Array | undefined;
}

/**
 * Begins a picture over another (diffusers: StableDiffusionImg2ImgPipeline and StableDiffusionInpaintPipeline,
 * prepare_latents): the generator first gives what the original's latents need, then the noise, then what those of the
 * picture without the part need.
 *
 * @param noise the picture's generator: standard normal noise of the latents' size
 */
export function beginOver(
  { original, strength, repaint }: ImageStart,
  model: Model,
  scheduler: Scheduler,
  steps: number,
  noise: () => Float32Array,
): BegunSampling {
  const { latents: format, family } = model;
  const first = scheduler.order * skippedSteps(steps, strength, family.flow !== undefined);
  const isShown = repaint?.masked !== undefined;
  const pure = repaint !== undefined && strength === 1;
  // Pure noise for a denoiser that is shown the picture: its latents are not asked for.
  const image = isShown && pure ? undefined : drawLatents(original, format, noise);
  const added = noise();
  const sigma = Math.fround(scheduler.initNoiseSigma);
  const latents = pure || !image ? added.map((value) => value * sigma) : scheduler.addNoise(image, added, first);
  // Drawn whether it is used or not: what follows from the generator depends on it.
  const maskedNoise = repaint && noise();
  const shown =
    repaint?.masked &&
    joined(
      repaint.mask,
      drawLatents(repaint.masked, format, () => maskedNoise as Float32Array),
    );
  const keep = (present: Float32Array, index: number) => {
    if (!repaint || isShown || !image) return present;
    const kept = index < scheduler.timesteps.length ? scheduler.addNoise(image, added, index) : image;
    return blend(kept, present, repaint.mask);
  };
  return { first, latents, keep, shown };
}

/**
 * How many of the first steps are left out. Flow matching rounds what is left out, the others what is done (diffusers:
 * FluxImg2ImgPipeline.get_timesteps, StableDiffusionImg2ImgPipeline.get_timesteps).
 *
 * @throws HeadroomError `input` for a strength that leaves nothing to do
 */
export function skippedSteps(steps: number, strength: number, isFlow: boolean): number {
  const done = Math.min(steps * strength, steps);
  const skipped = isFlow ? Math.floor(steps - done) : steps - Math.floor(done);
  if (skipped < steps) return skipped;
  throw new HeadroomError(
    'input',
    `A strength of ${strength} leaves none of ${steps} steps to draw. Take a strength of at least ${(1 / steps).toFixed(2)}, or more steps.`,
    { place: { field: 'strength' } },
  );
}

/** @param mask one value for each latent of a channel */
function blend(original: Float32Array, drawn: Float32Array, mask: Float32Array): Float32Array {
  return drawn.map((value, index) => {
    const part = mask[index % mask.length] as number;
    return (1 - part) * (original[index] as number) + part * value;
  });
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
