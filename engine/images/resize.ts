import { lanczos } from './lanczos.ts';
import type { Mask } from './mask.ts';
import type { Pixels } from './picture.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture in another size by Lanczos resampling; its proportions change with the size. */
export function resizePixels({ width, height, rgb }: Pixels, to: Size): Pixels {
  const resized = lanczos({ width, height, channels: 3, data: rgb }, to.width, to.height);
  return { width: to.width, height: to.height, rgb: resized };
}

/** The mask in another size, in the same way. */
export function resizeMask({ width, height, values }: Mask, to: Size): Mask {
  const resized = lanczos({ width, height, channels: 1, data: values }, to.width, to.height);
  return { width: to.width, height: to.height, values: resized };
}

/** The part of a picture that has its middle and these proportions, as large as it can be. */
export function cropTo<Image extends Pixels | Mask>(image: Image, { width, height }: Size): Image {
  const scale = Math.min(image.width / width, image.height / height);
  const across = Math.max(1, Math.round(width * scale));
  const down = Math.max(1, Math.round(height * scale));
  if (across === image.width && down === image.height) return image;
  const left = Math.floor((image.width - across) / 2);
  const top = Math.floor((image.height - down) / 2);
  const isPixels = 'rgb' in image;
  const data = isPixels ? image.rgb : image.values;
  const channels = isPixels ? 3 : 1;
  const cropped = new Uint8Array(across * down * channels);
  for (let row = 0; row < down; row++) {
    const start = ((top + row) * image.width + left) * channels;
    cropped.set(data.subarray(start, start + across * channels), row * across * channels);
  }
  const size = { width: across, height: down };
  return (isPixels ? { ...size, rgb: cropped } : { ...size, values: cropped }) as unknown as Image;
}
