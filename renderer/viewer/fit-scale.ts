interface Size {
  width: number;
  height: number;
}

/** Pixels left free around a picture: for the arrows at its sides and the zoom bar under it. */
const MARGIN = 64;
/** A small picture is not blown up further than this: it would show nothing but its pixels. */
const LARGEST = 3;

/** The scale at which a picture is seen whole inside a frame; 0 for a frame that has no size yet. */
export function fitScale(picture: Size, frame: Size): number {
  const across = (frame.width - 2 * MARGIN) / picture.width;
  const down = (frame.height - 2 * MARGIN) / picture.height;
  if (frame.width === 0 || frame.height === 0) return 0;
  return Math.max(0.02, Math.min(across, down, LARGEST));
}
