import { HeadroomError } from '../contract/errors.ts';
import type { Conditioning } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { Mask } from '../images/mask.ts';
import type { Picture } from '../images/picture.ts';
import type { Size } from '../images/resize.ts';
import { tensor } from '../tensor/tensor.ts';
import { toVaeLatents } from './decode-latents.ts';
import { decodePictures } from './decode-pictures.ts';
import { checkSize } from './denoise.ts';
import { drawLatents, type EncodedImage, encodeImage } from './encode-image.ts';
import { encodeText } from './encode-text.ts';
import type { Repaint } from './image-start.ts';
import { stack, unstack } from './latents.ts';
import { latentMask } from './masks.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { RunPart } from './needs.ts';
import { type Stage, within } from './stage.ts';
import {
  emptyNegative,
  imageSeed,
  isGuided,
  ladderFor,
  type MemoryRequest,
  type SamplingRequest,
  sampleLatents,
} from './text-to-image.ts';

/** A prompt on its way to be drawn. */
export interface EncodedPrompt {
  readonly text: string;
  readonly conditioning: Conditioning;
  /** The id of the family that it was encoded for. */
  readonly family: string;
}

/** A picture as latents. */
export interface LatentPicture {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Nothing for one that is still empty. */
  readonly encoded?: EncodedImage | undefined;
  /** Where to draw, if not everywhere. */
  readonly repaint?: Repaint | undefined;
  /** The id of the family whose latents they are. */
  readonly family?: string | undefined;
  /** What has drawn it so far. */
  readonly settings: Picture['settings'];
}

/** How to sample, without the size: the latents have one. */
export type SampleRequest = Omit<SamplingRequest, 'width' | 'height' | 'count' | 'memory'> & {
  readonly positive: EncodedPrompt;
  readonly negative: EncodedPrompt | undefined;
  /** How much of pictures that are not empty is drawn anew: above 0, up to 1. */
  readonly strength: number;
  /** What the pictures say of how they were drawn, beside seed and strength. */
  readonly settings: Picture['settings'];
};

/** One part of a run alone, for a picture. @param size in pixels; by default what the model was trained on */
export function partRequest(part: RunPart, model: Model, size: Size = model.defaults): MemoryRequest {
  const { width, height } = size;
  return { model, width, height, count: 1, guidanceScale: 1, memory: NO_WISHES, parts: [part] };
}

/** @throws HeadroomError as `encodeText` does */
export async function encodePrompt(model: Model, text: string, plain: boolean, stage: Stage): Promise<EncodedPrompt> {
  const ladder = ladderFor(partRequest('prompts', model), stage);
  const [conditioning] = await encodeText(model, [{ text, field: 'prompt', plain }], stage, ladder);
  return { text, conditioning: conditioning as Conditioning, family: model.family.id };
}

/** A picture of a size that the model's latents can have, and where in it to draw, as latents. @throws HeadroomError */
export async function encodePicture(
  model: Model,
  picture: Picture,
  mask: Mask | undefined,
  stage: Stage,
): Promise<LatentPicture> {
  const { width, height, settings } = picture;
  const ladder = ladderFor(partRequest('picture', model, picture), stage);
  const encoded = await encodeImage(model, picture, stage, ladder);
  const repaint = mask && {
    mask: latentMask(mask, model.latents.downscale),
    masked: model.denoiserCalls.fillsMasks ? await encodeImage(model, picture, stage, ladder, mask) : undefined,
  };
  return { width, height, encoded, repaint, family: model.family.id, settings };
}

/**
 * Draws the latents: empty ones out of noise, others over what they hold. Picture i has the seed `seed + i`; those of one kind
 * are drawn together.
 *
 * @throws HeadroomError `input` for what another family made; as `textToImage` does
 */
export async function samplePictures(
  request: SampleRequest,
  pictures: readonly LatentPicture[],
  stage: Stage,
): Promise<LatentPicture[]> {
  const { model, positive, negative, strength, seed, guidanceScale } = request;
  for (const { family } of [positive, negative, ...pictures].filter((one) => one !== undefined)) {
    checkFamily(model, family);
  }
  const guided = isGuided(model, guidanceScale);
  const parts: RunPart[] = guided && !negative ? ['prompts', 'sample'] : ['sample'];
  const drawn: LatentPicture[] = [];
  for (const group of alike(pictures)) {
    const [{ width, height, encoded, repaint }] = group as [LatentPicture];
    checkSize({ model, width, height });
    const share = within(stage, drawn.length / pictures.length, (drawn.length + group.length) / pictures.length);
    const first = drawn.length;
    const own = { ...request, width, height, count: group.length, memory: NO_WISHES, parts };
    const ladder = ladderFor(own, share);
    const conditions = {
      positive: positive.conditioning,
      negative: guided
        ? (negative?.conditioning ?? (await emptyNegative(model, positive.conditioning, share, ladder)))
        : undefined,
    };
    const start = encoded && { original: encoded, strength, repaint };
    const latents = await share.kept(`latents ${first}`, () =>
      sampleLatents({ ...own, seed: imageSeed(seed, first) }, conditions, share, ladder, start),
    );
    for (const [index, one] of unstack(toVaeLatents(latents, model.latents)).entries()) {
      const settings = { ...request.settings, ...(start ? { strength } : {}), seed: imageSeed(seed, first + index) };
      drawn.push({ width, height, encoded: { mean: one }, family: model.family.id, settings });
    }
  }
  return drawn;
}

/** @throws HeadroomError `input` for latents that are empty or another family's; as `decodePictures` does */
export async function decodeLatentPictures(
  model: Model,
  pictures: readonly LatentPicture[],
  stage: Stage,
): Promise<Picture[]> {
  const decoded: Picture[] = [];
  for (const { width, height, encoded, family, settings } of pictures) {
    if (!encoded)
      throw new HeadroomError('input', 'These latents are empty: let Sample draw them first.', {
        place: { field: 'latents' },
      });
    checkFamily(model, family);
    const share = within(stage, decoded.length / pictures.length, (decoded.length + 1) / pictures.length);
    const latents = tensor('float32', encoded.mean.dims, drawLatents({ mean: encoded.mean }, model.latents, undefined));
    const [pixels] = await decodePictures(
      model,
      stack([latents]),
      share,
      ladderFor(partRequest('decode', model, { width, height }), share),
    );
    if (pixels) decoded.push({ ...pixels, settings: { ...settings, width, height } });
  }
  return decoded;
}

/** Pictures next to each other that begin alike, which can be drawn together. */
function alike(pictures: readonly LatentPicture[]): LatentPicture[][] {
  const groups: LatentPicture[][] = [];
  for (const picture of pictures) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const keys = ['width', 'height', 'encoded', 'repaint'] as const;
    if (group && first && keys.every((key) => first[key] === picture[key])) group.push(picture);
    else groups.push([picture]);
  }
  return groups;
}

/** @throws HeadroomError `input` for what another family made */
function checkFamily({ family, title }: Model, made: string | undefined): void {
  if (made === undefined || made === family.id) return;
  throw new HeadroomError(
    'input',
    `What is connected was made with a model of another family (${made}) than ${title} (${family.id}). Use one model for all of it.`,
  );
}
