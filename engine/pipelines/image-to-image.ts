import type { Mask } from '../images/mask.ts';
import type { Pixels } from '../images/picture.ts';
import { decodePictures } from './decode-pictures.ts';
import { checkSize } from './denoise.ts';
import { encodeImage } from './encode-image.ts';
import { type ImageStart, type Repaint, skippedSteps } from './image-start.ts';
import type { Ladder } from './ladder.ts';
import { latentMask, pasted } from './masks.ts';
import type { RunPart } from './needs.ts';
import { type Stage, within } from './stage.ts';
import {
  DENOISED,
  type DrawnPictures,
  ENCODED,
  encodePrompts,
  ladderFor,
  sampleLatents,
  type TextToImageRequest,
} from './text-to-image.ts';

export const IMAGE_TO_IMAGE: readonly RunPart[] = ['prompts', 'picture', 'sample', 'decode'];

export interface ImageToImageRequest extends TextToImageRequest {
  /** What the pictures are drawn over, in their size. */
  readonly picture: Pixels;
  /** How far from it they may go: above 0, up to 1. */
  readonly strength: number;
  /** Where to draw, in the same size; everywhere without it. */
  readonly mask?: Mask | undefined;
}

/**
 * Draws pictures over another one, or into the masked part of it, of which the rest keeps every pixel.
 *
 * @throws HeadroomError as `textToImage` does; `input` for a strength that leaves nothing to do
 */
export async function imageToImage(request: ImageToImageRequest, stage: Stage): Promise<DrawnPictures> {
  checkSize(request);
  const { model, picture, mask, steps, strength } = request;
  skippedSteps(steps, strength, model.family.flow !== undefined);
  const ladder = ladderFor({ ...request, parts: IMAGE_TO_IMAGE }, stage);
  const latents = await stage.kept('latents', async () => {
    const prompts = await encodePrompts(request, within(stage, 0, ENCODED), ladder);
    const start = await encodeStart(request, within(stage, ENCODED, 2 * ENCODED), ladder);
    return sampleLatents(request, prompts, within(stage, 2 * ENCODED, DENOISED), ladder, start);
  });
  const drawn = await decodePictures(model, latents, within(stage, DENOISED, 1), ladder);
  const pictures = mask ? drawn.map((one) => pasted(picture, one, mask)) : drawn;
  return { pictures, savings: ladder.savings };
}

async function encodeStart(request: ImageToImageRequest, stage: Stage, ladder: Ladder): Promise<ImageStart> {
  const { model, picture, mask, strength } = request;
  const original = await encodeImage(model, picture, stage, ladder);
  if (!mask) return { original, strength };
  const repaint: Repaint = {
    mask: latentMask(mask, model.latents.downscale),
    masked: model.denoiserCalls.fillsMasks ? await encodeImage(model, picture, stage, ladder, mask) : undefined,
  };
  return { original, strength, repaint };
}
