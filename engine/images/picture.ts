import { FilterType, Transformer } from '@napi-rs/image';
import type { ImageResult } from '../contract/events.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 8-bit RGB, row by row from the top left: width × height × 3 bytes. */
  readonly rgb: Uint8Array;
}

/** A picture in memory, with what drew it. */
export interface Picture extends Pixels {
  readonly settings: ImageResult['settings'];
}

/** A PNG file of the pixels: 8-bit RGB without metadata; the same pixels give the same bytes. */
export function encodePng(pixels: Pixels): Uint8Array {
  return decoder(pixels).pngSync({ filterType: FilterType.Adaptive });
}

/** A JPEG file of the pixels; for previews. @param quality 0 to 100 */
export function encodeJpeg(pixels: Pixels, quality = 85): Uint8Array {
  return decoder(pixels).jpegSync(quality);
}

/** The codec takes raw pixels only as RGBA; a binary PPM file (netpbm.sourceforge.net/doc/ppm.html) holds RGB as it is. */
function decoder({ width, height, rgb }: Pixels): Transformer {
  return new Transformer(Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), rgb]));
}
