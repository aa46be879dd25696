import type { PreviewFactors } from '../families/family.ts';
import { encodeJpeg } from '../images/picture.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * A JPEG of latents that are on their way, one pixel for each latent, by a guess of their colours; several pictures side
 * by side in a grid.
 *
 * @param latents each float32 [1, channels, height, width], all of one size
 */
export function previewLatents(
  latents: readonly Tensor<'float32'>[],
  factors: PreviewFactors,
): Uint8Array<ArrayBuffer> {
  const [, , rows = 0, columns = 0] = latents[0]?.dims ?? [];
  const across = Math.ceil(Math.sqrt(latents.length));
  const [width, height] = [across * columns, Math.ceil(latents.length / across) * rows];
  const rgb = new Uint8Array(width * height * 3);
  for (const [index, { data }] of latents.entries()) {
    const left = (index % across) * columns;
    const top = Math.floor(index / across) * rows;
    const colours = guessColours(data, rows * columns, factors);
    for (let row = 0; row < rows; row++) {
      const line = colours.subarray(row * columns * 3, (row + 1) * columns * 3);
      rgb.set(line, ((top + row) * width + left) * 3);
    }
  }
  // A copy of its own size: the codec's buffer may be a view into a larger one, which would cross to main whole.
  return new Uint8Array(encodeJpeg({ width, height, rgb }));
}

/** RGB bytes of `area` latents that lie channel by channel. Without objects in its loops: it runs between steps. */
function guessColours(data: Float32Array, area: number, { channels, products = [], bias }: PreviewFactors): Uint8Array {
  const count = channels.length;
  const rgb = new Uint8Array(area * 3);
  for (let colour = 0; colour < 3; colour++) {
    const weights = channels.map((part) => part[colour] as number);
    const pairWeights = products.map((part) => part[colour] as number);
    for (let position = 0; position < area; position++) {
      let value = bias[colour] as number;
      let pair = 0;
      for (let i = 0; i < count; i++) {
        const channel = data[i * area + position] as number;
        let slope = weights[i] as number;
        if (pairWeights.length > 0) {
          for (let j = i; j < count; j++) slope += (pairWeights[pair++] ?? 0) * (data[j * area + position] as number);
        }
        value += slope * channel;
      }
      rgb[position * 3 + colour] = toByte(value);
    }
  }
  return rgb;
}

/** The products of all pairs of values, each with itself included, in the order of `PreviewFactors.products`. */
export function pairProducts(values: readonly number[]): number[] {
  return values.flatMap((value, index) => values.slice(index).map((other) => value * other));
}

/** From -1…1 to 0…255, nearest; what is outside is cut off. */
export function toByte(value: number): number {
  return Math.round(Math.min(Math.max((value + 1) * 127.5, 0), 255));
}
