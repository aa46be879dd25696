import { setImmediate } from 'node:timers/promises';
import type { NodeEstimate } from '../contract/estimate.ts';
import type { Conditioning } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import { searchPlan } from '../memory/choose-plan.ts';
import { LARGEST_BATCH, type MemoryPlan } from '../memory/plan.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodePictures } from './decode-pictures.ts';
import { checkSize, denoise } from './denoise.ts';
import { encodeText, zerosLike } from './encode-text.ts';
import { usesGuidance } from './guidance.ts';
import type { ImageStart } from './image-start.ts';
import { Ladder } from './ladder.ts';
import { stack } from './latents.ts';
import { type MemoryWishes, startPlan } from './memory-wishes.ts';
import { type NeedsContext, planBytes, type RunPart, stageNeeds } from './needs.ts';
import type { Prompt } from './prompt.ts';
import { type Stage, within } from './stage.ts';

/** The part of a request that memory depends on. */
export interface MemoryRequest {
  readonly model: Model;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Up to 1: the negative prompt has no effect, and each step costs half. */
  readonly guidanceScale: number;
  readonly count: number;
  readonly memory: MemoryWishes;
  /** By default what text to image does. */
  readonly parts?: readonly RunPart[];
}

const TEXT_TO_IMAGE: readonly RunPart[] = ['prompts', 'sample', 'decode'];

/** How to get from prompts to latents. */
export interface SamplingRequest extends MemoryRequest {
  readonly steps: number;
  readonly scheduler: SchedulerId;
  /** Of the first picture; picture i has `seed + i`. */
  readonly seed: number;
}

export interface TextToImageRequest extends SamplingRequest {
  readonly prompt: string;
  readonly negativePrompt: string;
  /** Reads both as diffusers does, without weights and chunks. */
  readonly plainPrompts?: boolean;
}

/** Pictures, and what was done to need less memory for them: rungs of the ladder. */
export interface DrawnPictures {
  readonly pictures: readonly Pixels[];
  readonly savings: readonly string[];
}

/** Shares of the whole in a run's progress, about as they take time. */
export const ENCODED = 0.03;
export const DENOISED = 0.92;

/**
 * Draws pictures of a prompt: text encoder, denoiser, VAE. Latents outlive a failed decode, see `Stage.kept`.
 *
 * @throws HeadroomError `input` for a size that the model cannot draw, `cancelled`, `memory` at the end of the ladder,
 * and whatever the networks throw
 */
export async function textToImage(request: TextToImageRequest, stage: Stage): Promise<DrawnPictures> {
  checkSize(request);
  const { model } = request;
  const ladder = ladderFor(request, stage);
  const latents = await stage.kept('latents', async () => {
    const prompts = await encodePrompts(request, within(stage, 0, ENCODED), ladder);
    return sampleLatents(request, prompts, within(stage, ENCODED, DENOISED), ladder);
  });
  const pictures = await decodePictures(model, latents, within(stage, DENOISED, 1), ladder);
  return { pictures, savings: ladder.savings };
}

/**
 * What a run will need of the device's memory, and the savings with which it is expected to fit. Of a model that nobody has
 * asked about yet this takes a moment: messages are let in meanwhile.
 *
 * @throws HeadroomError `input` for a size that the model cannot draw, `model` or `file`
 */
export async function estimateTextToImage(
  request: MemoryRequest,
  { budgetBytes, ...context }: NeedsContext & { budgetBytes: number | null },
): Promise<NodeEstimate> {
  checkSize(request);
  const { shape, run } = shapeOf(request);
  const start = startPlan(request.memory, run);
  const expected = (plan: MemoryPlan, enough?: number) => planBytes(shape, plan, context, enough);
  const choose = async (budget: number | null) => {
    const search = searchPlan(start, run, expected, budget);
    for (;;) {
      const step = search.next();
      if (step.done) return step.value;
      await setImmediate();
    }
  };
  // Networks that nobody has looked at yet, one after the other.
  for (const part of shape.parts) {
    stageNeeds({ ...shape, parts: [part] }, start, context);
    await setImmediate();
  }
  const { plan, taken } = await choose(budgetBytes);
  return {
    stages: stageNeeds(shape, plan, context).map(({ graphBytes: _graphBytes, ...stage }) => stage),
    peakBytes: expected(plan),
    undegradedBytes: expected(start),
    leastBytes: (await choose(0)).bytes,
    savings: [...new Set(taken)].map((rung) => rung.action(plan)),
    pictures: { width: request.width, height: request.height, count: request.count },
  };
}

/** The ladder that a request begins on. */
export function ladderFor(request: MemoryRequest, stage: Stage): Ladder {
  const { shape, run } = shapeOf(request);
  return new Ladder(stage, shape, request.memory, startPlan(request.memory, run), run);
}

/** What a ladder and an estimate are made from. */
function shapeOf(request: MemoryRequest) {
  const { model, width, height, count, guidanceScale, parts = TEXT_TO_IMAGE } = request;
  const guided = isGuided(model, guidanceScale);
  const run = { count, guided, longestSide: Math.max(width, height) / model.latents.downscale };
  return { shape: { model, width, height, guided, parts }, run };
}

/** A request's prompts as its denoiser takes them; the negative one only where it has an effect. */
export interface EncodedPrompts {
  readonly positive: Conditioning;
  readonly negative: Conditioning | undefined;
}

export async function encodePrompts(
  request: TextToImageRequest,
  stage: Stage,
  ladder: Ladder,
): Promise<EncodedPrompts> {
  const { model, negativePrompt, guidanceScale } = request;
  const guided = isGuided(model, guidanceScale);
  if (!guided && negativePrompt.trim() !== '') stage.warning(withoutEffect(model), 'negative_prompt');
  const [positive, negative] = await encodeText(model, promptsOf(request), stage, ladder);
  if (!positive) throw new Error('no prompt was encoded');
  return { positive, negative: guided && !negative ? zerosLike(positive) : negative };
}

/** What a request has encoded: the negative prompt only where it has an effect and is not the same as nothing. */
export function promptsOf({
  model,
  prompt,
  negativePrompt,
  guidanceScale,
  plainPrompts: plain = false,
}: TextToImageRequest): Prompt[] {
  const prompts = [{ text: prompt, field: 'prompt', plain }];
  const zeroed = negativePrompt.trim() === '' && model.emptyNegative === 'zeros';
  if (isGuided(model, guidanceScale) && !zeroed)
    prompts.push({ text: negativePrompt, field: 'negative_prompt', plain });
  return prompts;
}

/** What stands for a negative prompt that says nothing. */
export async function emptyNegative(
  model: Model,
  positive: Conditioning,
  stage: Stage,
  ladder: Ladder,
): Promise<Conditioning> {
  if (model.emptyNegative === 'zeros') return zerosLike(positive);
  const [empty] = await encodeText(model, [{ text: '', field: 'negative' }], stage, ladder);
  return empty as Conditioning;
}

/** Why a negative prompt changes nothing. */
function withoutEffect({ title, denoiserCalls }: Model): string {
  return denoiserCalls.guidance === 'classifier-free'
    ? 'negative_prompt has no effect at a guidance scale of 1 or less.'
    : `negative_prompt has no effect: ${title} was trained to draw without one.`;
}

/** Latents [pictures, channels, height, width] of all pictures of a request. */
export async function sampleLatents(
  request: SamplingRequest,
  prompts: EncodedPrompts,
  stage: Stage,
  ladder: Ladder,
  start?: ImageStart,
): Promise<Tensor<'float32'>> {
  const { model, guidanceScale, scheduler, steps, width, height } = request;
  const batches = seedBatches(request);
  const latents = [];
  for (const [index, seeds] of batches.entries()) {
    latents.push(
      await denoise(
        { model, ...prompts, guidanceScale, scheduler, steps, width, height, seeds, start },
        within(stage, index / batches.length, (index + 1) / batches.length),
        ladder,
      ),
    );
  }
  return stack(latents);
}

/** Whether the denoiser is asked with the negative prompt, too. */
export function isGuided({ denoiserCalls }: Model, guidanceScale: number): boolean {
  return denoiserCalls.guidance === 'classifier-free' && usesGuidance(guidanceScale);
}

/** The seed of picture i: a safe integer after the largest one begins again at 0, as the generator sees it anyway. */
export function imageSeed(seed: number, index: number): number {
  return Number(BigInt.asUintN(53, BigInt(seed) + BigInt(index)));
}

function seedBatches({ seed, count }: SamplingRequest): number[][] {
  const seeds = Array.from({ length: count }, (_, index) => imageSeed(seed, index));
  const batches = [];
  while (seeds.length > 0) batches.push(seeds.splice(0, LARGEST_BATCH));
  return batches;
}
