import { isMeant, type Mask } from '../images/mask.ts';
import type { Pixels } from '../images/picture.ts';

/** For each latent 1 where the picture is drawn anew: the mask's pixel in the upper left of the latent's square decides. */
export function latentMask({ width, height, values }: Mask, downscale: number): Float32Array {
  const columns = width / downscale;
  return Float32Array.from({ length: columns * (height / downscale) }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return isMeant(values[row * downscale * width + column * downscale] as number) ? 1 : 0;
  });
}

/** What was drawn, over the original as much as the mask says: where it says nothing, every pixel is the original's. */
export function pasted(original: Pixels, drawn: Pixels, { values }: Mask): Pixels {
  const { width, height } = original;
  const rgb = original.rgb.map((value, index) => {
    const part = (values[Math.floor(index / 3)] as number) / 255;
    return Math.round((1 - part) * value + part * (drawn.rgb[index] as number));
  });
  return { width, height, rgb };
}
