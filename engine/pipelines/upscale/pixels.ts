import type { Pixels } from '../../images/picture.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Region } from '../tiled/tiles.ts';

/** The picture with its last row and column repeated until both sides are multiples of `factor`. */
export function evenPixels(picture: Pixels, factor: number): Pixels {
  const up = (side: number) => Math.ceil(side / factor) * factor;
  const [width, height] = [up(picture.width), up(picture.height)];
  if (width === picture.width && height === picture.height) return picture;
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const line = Math.min(row, picture.height - 1) * picture.width;
    for (let column = 0; column < width; column++) {
      const at = (line + Math.min(column, picture.width - 1)) * 3;
      rgb.set(picture.rgb.subarray(at, at + 3), (row * width + column) * 3);
    }
  }
  return { width, height, rgb };
}

/** A part of a picture as float32 [1, 3, height, width] in 0…1. */
export function regionTensor({ width, rgb }: Pixels, region: Region): Tensor<'float32'> {
  const area = region.height * region.width;
  const data = new Float32Array(3 * area);
  for (let row = 0; row < region.height; row++) {
    for (let column = 0; column < region.width; column++) {
      const from = ((region.top + row) * width + region.left + column) * 3;
      const to = row * region.width + column;
      for (let colour = 0; colour < 3; colour++) data[colour * area + to] = (rgb[from + colour] as number) / 255;
    }
  }
  return tensor('float32', [1, 3, region.height, region.width], data);
}

/** A picture that is put together of parts. */
export class PixelCanvas {
  readonly pixels: Pixels;

  constructor(width: number, height: number) {
    this.pixels = { width, height, rgb: new Uint8Array(width * height * 3) };
  }

  /**
   * Puts a part where it belongs; what lies beyond the picture is cut off.
   *
   * @param image float32 [1, 3, height · scale, width · scale] in 0…1, of a window of the smaller picture
   * @param core what of the window is wanted, in pixels of the smaller picture
   */
  put(image: Tensor<'float32'>, window: Region & { readonly scale: number }, core: Region): void {
    const { width, height, rgb } = this.pixels;
    const { scale } = window;
    const [, , rows = 0, columns = 0] = image.dims;
    const bottom = Math.min((core.top + core.height) * scale, height);
    const right = Math.min((core.left + core.width) * scale, width);
    for (let row = core.top * scale; row < bottom; row++) {
      for (let column = core.left * scale; column < right; column++) {
        const from = (row - window.top * scale) * columns + column - window.left * scale;
        const to = (row * width + column) * 3;
        for (let colour = 0; colour < 3; colour++) {
          const value = image.data[colour * rows * columns + from] as number;
          rgb[to + colour] = Math.round(Math.min(Math.max(value * 255, 0), 255));
        }
      }
    }
  }
}
