import type { PreviewFactors } from '../families/family.ts';
import { encodeJpeg } from '../images/picture.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * A JPEG of latents that are on their way, one pixel for each latent, by a linear guess of their colours; several pictures
 * side by side in a grid.
 *
 * @param latents each float32 [1, channels, height, width], all of one size
 */
export function previewLatents(
  latents: readonly Tensor<'float32'>[],
  factors: PreviewFactors,
): Uint8Array<ArrayBuffer> {
  const [, , height = 0, width = 0] = latents[0]?.dims ?? [];
  const columns = Math.ceil(Math.sqrt(latents.length));
  const rows = Math.ceil(latents.length / columns);
  const rgb = new Uint8Array(columns * width * rows * height * 3);
  for (const [index, { data }] of latents.entries()) {
    const left = (index % columns) * width;
    const top = Math.floor(index / columns) * height;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = ((top + y) * columns * width + left + x) * 3;
        for (let colour = 0; colour < 3; colour++) {
          let value = factors.bias[colour] as number;
          for (const [channel, row] of factors.channels.entries()) {
            value += (row[colour] as number) * (data[(channel * height + y) * width + x] as number);
          }
          rgb[pixel + colour] = toByte(value);
        }
      }
    }
  }
  // A copy of its own size: the codec's buffer may be a view into a larger one, which would cross to main whole.
  return new Uint8Array(encodeJpeg({ width: columns * width, height: rows * height, rgb }));
}

/** From -1…1 to 0…255, nearest; what is outside is cut off. */
export function toByte(value: number): number {
  return Math.round(Math.min(Math.max((value + 1) * 127.5, 0), 255));
}
