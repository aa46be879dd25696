import type { LatentFormat } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { isMeant, type Mask } from '../images/mask.ts';
import type { Pixels } from '../images/picture.ts';
import type { ComponentLease } from '../memory/component.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './as-float32.ts';
import type { Ladder } from './ladder.ts';
import { breathe, type Stage } from './stage.ts';
import { encodeTiled } from './tiled/encode-tiled.ts';
import { tileCount } from './tiled/tiles.ts';
import { withComponent } from './with-component.ts';

/**
 * What the autoencoder says of a picture: a normal distribution for each of its own latents, [1, channels, height, width].
 * Which latents a picture has is drawn anew each time, as diffusers does.
 */
export interface EncodedImage {
  readonly mean: Tensor<'float32'>;
  /** Nothing for latents that are known. */
  readonly deviation?: Tensor<'float32'>;
}

/**
 * @param picture of sides that the model's latents can have
 * @param hidden a part of it that is left out, if any
 * @throws HeadroomError `cancelled`, `memory`, and whatever the network throws
 */
export async function encodeImage(
  model: Model,
  picture: Pixels,
  stage: Stage,
  ladder: Ladder,
  hidden?: Mask,
): Promise<EncodedImage> {
  const { vaeEncoder } = model.family;
  const sample = toSample(picture, hidden);
  const { downscale } = model.latents;
  const size = { height: picture.height / downscale, width: picture.width / downscale };
  const { mean, logvar } = await ladder.attempt('encode', ({ residency, vaeTile }) => {
    const placed = ladder.placed('encode', stage);
    const activationBytes = ladder.activationBytes('encode', vaeEncoder.name);
    if (vaeTile !== null && tileCount(size, vaeTile) > 1) {
      return encodeTiled(model, sample, vaeTile, placed, { residency, activationBytes });
    }
    const encode = async (lease: ComponentLease) => {
      stage.progress('encode', 0, 'reading the picture');
      await breathe(stage);
      return lease.run({ sample }, 'encode the picture', sample.dims.join(' × '));
    };
    return withComponent(placed, model, vaeEncoder, encode, { residency, activationBytes });
  });
  const { dims, data } = asFloat32(logvar);
  const deviation = data.map((value) => Math.exp(0.5 * value));
  return { mean: asFloat32(mean), deviation: tensor('float32', dims, deviation) };
}

/**
 * Latents of the distribution as the denoiser takes them.
 *
 * @param noise standard normal, of their size, where they are not known; undefined for the likeliest latents
 */
export function drawLatents(
  { mean, deviation }: EncodedImage,
  { scale, shift }: LatentFormat,
  noise: (() => Float32Array) | undefined,
): Float32Array {
  const drawn = deviation && noise?.();
  return mean.data.map((value, index) => {
    const change = drawn && deviation ? (deviation.data[index] as number) * (drawn[index] as number) : 0;
    return (value + change - shift) * scale;
  });
}

/** As float32 [1, 3, height, width] in -1…1, and 0 where it is hidden. */
function toSample({ width, height, rgb }: Pixels, hidden: Mask | undefined): Tensor<'float32'> {
  const area = width * height;
  const data = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    if (hidden && isMeant(hidden.values[pixel] as number)) continue;
    for (let colour = 0; colour < 3; colour++) {
      data[colour * area + pixel] = 2 * Math.fround((rgb[pixel * 3 + colour] as number) / 255) - 1;
    }
  }
  return tensor('float32', [1, 3, height, width], data);
}
