import type { LatentFormat } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import type { ComponentLease } from '../memory/component.ts';
import type { MemoryPlan } from '../memory/plan.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './as-float32.ts';
import { stack, unstack } from './latents.ts';
import { toByte } from './preview.ts';
import { breathe, type Stage } from './stage.ts';
import { withComponent } from './with-component.ts';

/** How a decode uses memory. */
export interface DecodeOptions {
  /** How many pictures are decoded in one run: each needs the most memory for its pixels of all stages. */
  readonly together?: number;
  readonly residency?: MemoryPlan['residency'];
  /** What a run's values need at most, if that is known. */
  readonly activationBytes?: number | undefined;
}

/**
 * The pictures of latents [pictures, channels, height, width], each decoded as a whole.
 *
 * @throws HeadroomError `cancelled` between runs, and whatever the network throws
 */
export async function decodeLatents(
  model: Model,
  latents: Tensor<'float32'>,
  stage: Stage,
  { together = 1, residency = 'resident', activationBytes }: DecodeOptions = {},
): Promise<Pixels[]> {
  const pictures = unstack(latents);
  const decode = async (lease: ComponentLease) => {
    const decoded: Pixels[] = [];
    while (decoded.length < pictures.length) {
      const which = pictures.length === 1 ? 'the picture' : `picture ${decoded.length + 1} of ${pictures.length}`;
      stage.progress('decode', decoded.length / pictures.length, `decoding ${which}`);
      await breathe(stage);
      const group = stack(pictures.slice(decoded.length, decoded.length + together));
      const inputs = { latents: toVaeLatents(group, model.latents) };
      const { image } = await lease.run(inputs, `decode ${which}`, group.dims.join(' × '));
      decoded.push(...unstack(asFloat32(image)).map(toPixels));
    }
    stage.progress('decode', 1, 'decoded');
    return decoded;
  };
  return withComponent(stage, model, model.family.vaeDecoder, decode, { residency, activationBytes });
}

/** What the autoencoder itself takes for latents. */
export function toVaeLatents({ dims, data }: Tensor<'float32'>, { scale, shift }: LatentFormat): Tensor<'float32'> {
  return tensor(
    'float32',
    dims,
    data.map((value) => value / scale + shift),
  );
}

/** From float32 [1, 3, height, width] in -1…1. */
export function toPixels({ dims, data }: Tensor<'float32'>): Pixels {
  const [, , height = 0, width = 0] = dims;
  const area = width * height;
  const rgb = new Uint8Array(area * 3);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let colour = 0; colour < 3; colour++) rgb[pixel * 3 + colour] = toByte(data[colour * area + pixel] as number);
  }
  return { width, height, rgb };
}
