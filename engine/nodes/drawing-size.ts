import type { Model } from '../families/model.ts';
import type { Size } from '../images/resize.ts';
import { OWN } from './drawing-inputs.ts';

const SMALLEST = 64;
/** How many times larger than what a model was trained on its pictures become by themselves: it repeats itself beyond. */
const LARGEST = 2;

/**
 * The size in which a picture is drawn over: what was typed in; else the picture's own in the nearest that the model can draw,
 * smaller where it is far larger than what the model was trained on. A side that was not typed in follows the other.
 */
export function drawingSize(picture: Size, model: Model, wished: Size): Size {
  const { width, height } = wished;
  const known = { width: width !== OWN.value, height: height !== OWN.value };
  const scale = known.width
    ? width / picture.width
    : known.height
      ? height / picture.height
      : Math.min(1, (LARGEST * model.defaults.width) / Math.max(picture.width, picture.height));
  return {
    width: known.width ? width : nearest(picture.width * scale, model),
    height: known.height ? height : nearest(picture.height * scale, model),
  };
}

function nearest(side: number, { latents, defaults }: Model): number {
  const bounded = Math.min(Math.max(side, SMALLEST), Math.max(SMALLEST, LARGEST * defaults.width));
  return Math.round(bounded / latents.multiple) * latents.multiple;
}
