import type { LatentFormat } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './encode-text.ts';
import { unstack } from './latents.ts';
import { toByte } from './preview.ts';
import { breathe, type Stage, withComponent } from './stage.ts';

/**
 * The pictures of latents [pictures, channels, height, width], one after the other: decoding one needs the most memory
 * for each pixel of all stages, and several at once are no faster.
 *
 * @throws HeadroomError `cancelled` between pictures, and whatever the network throws
 */
export async function decodeLatents(model: Model, latents: Tensor<'float32'>, stage: Stage): Promise<Pixels[]> {
  const pictures = unstack(latents);
  return withComponent(stage, model, model.family.vaeDecoder, async (lease) => {
    const decoded: Pixels[] = [];
    for (const [index, picture] of pictures.entries()) {
      const which = pictures.length === 1 ? 'the picture' : `picture ${index + 1} of ${pictures.length}`;
      stage.progress('decode', index / pictures.length, `decoding ${which}`);
      await breathe(stage);
      const inputs = { latents: toVaeLatents(picture, model.latents) };
      const { image } = await lease.run(inputs, `decode ${which}`, picture.dims.join(' × '));
      decoded.push(toPixels(asFloat32(image)));
    }
    stage.progress('decode', 1, 'decoded');
    return decoded;
  });
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
