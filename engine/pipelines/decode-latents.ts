import type { LatentFormat } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './encode-text.ts';
import type { Ladder } from './ladder.ts';
import { stack, unstack } from './latents.ts';
import { toByte } from './preview.ts';
import { breathe, type Stage, withComponent, within } from './stage.ts';
import { decodeTiled } from './tiled/decode-tiled.ts';

/**
 * The pictures of latents [pictures, channels, height, width], as many together and in tiles as large as the plan allows
 * at that moment. Pictures that are decoded stay so when memory runs out.
 *
 * @throws HeadroomError `cancelled` between pictures, `memory`, and whatever the network throws
 */
export async function decodeLatents(
  model: Model,
  latents: Tensor<'float32'>,
  stage: Stage,
  ladder: Ladder,
): Promise<Pixels[]> {
  const pictures = unstack(latents);
  const decoded: Pixels[] = [];
  await ladder.attempt('decode', async ({ decodedTogether, vaeTile, residency }) => {
    while (decoded.length < pictures.length) {
      const next = pictures.slice(decoded.length, decoded.length + decodedTogether);
      const share = within(stage, decoded.length / pictures.length, (decoded.length + next.length) / pictures.length);
      const which = pictures.length === 1 ? 'the picture' : `picture ${decoded.length + 1} of ${pictures.length}`;
      const use = { residency, activationBytes: ladder.activationBytes('decode') };
      decoded.push(
        ...(vaeTile === null
          ? await decodeWhole(model, stack(next), share, which, use)
          : await decodeTiled(model, stack(next), vaeTile, share)),
      );
    }
    stage.progress('decode', 1, 'decoded');
  });
  return decoded;
}

/** Pictures in one run of the decoder. */
async function decodeWhole(
  model: Model,
  latents: Tensor<'float32'>,
  stage: Stage,
  which: string,
  { residency, activationBytes }: { residency: 'resident' | 'stages'; activationBytes: number | undefined },
): Promise<Pixels[]> {
  return withComponent(
    stage,
    model,
    model.family.vaeDecoder,
    async (lease) => {
      stage.progress('decode', 0, `decoding ${which}`);
      await breathe(stage);
      const inputs = { latents: toVaeLatents(latents, model.latents) };
      const { image } = await lease.run(inputs, `decode ${which}`, latents.dims.join(' × '), activationBytes);
      return unstack(asFloat32(image)).map(toPixels);
    },
    { residency },
  );
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
