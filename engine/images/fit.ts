import type { Mask } from './mask.ts';
import type { Pixels } from './picture.ts';
import { cropTo, resizeMask, resizePixels, type Size } from './resize.ts';

/** The picture in exactly that size: scaled to cover it, what is over at two sides cut off. */
export function fitPicture(picture: Pixels, size: Size): Pixels {
  return resizePixels(cropTo(picture, size), size);
}

/** The mask, cut and scaled as `fitPicture` does with the picture that it belongs to. */
export function fitMask(mask: Mask, size: Size): Mask {
  return resizeMask(cropTo(mask, size), size);
}
