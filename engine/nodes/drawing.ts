import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import type { Picture } from '../images/picture.ts';
import type { MemoryMode, MemoryWishes } from '../pipelines/memory-wishes.ts';
import type { ModelPrompts } from '../pipelines/prompt.ts';
import {
  type DrawnPictures,
  imageSeed,
  promptsOf,
  type SamplingRequest,
  type TextToImageRequest,
} from '../pipelines/text-to-image.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import type { ValuesOf } from './define.ts';
import { type COUNT, type MEMORY, OWN, OWN_SCHEDULER, type PROMPTS, type SAMPLING } from './drawing-inputs.ts';
import { usedWith } from './used-with.ts';

type SamplingValues = ValuesOf<typeof SAMPLING> & { readonly model: Model };
export type DrawingValues = SamplingValues &
  ValuesOf<typeof PROMPTS> &
  ValuesOf<typeof COUNT> &
  ValuesOf<typeof MEMORY>;

/** A request of these inputs, with what the model recommends where they leave the choice to it. */
export function drawingRequest(inputs: DrawingValues, size: { width: number; height: number }): TextToImageRequest {
  return {
    ...samplingOf(inputs),
    prompt: inputs.prompt,
    negativePrompt: inputs.negative_prompt,
    plainPrompts: inputs.plain_prompt,
    width: size.width,
    height: size.height,
    count: inputs.num_images,
    memory: memoryWishes(inputs),
  };
}

/** What a request of these inputs will have encoded. */
export function drawingPrompts(inputs: DrawingValues): ModelPrompts {
  return { model: inputs.model, prompts: promptsOf(drawingRequest(inputs, inputs.model.defaults)) };
}

/** How to sample, with what the model recommends. @throws HeadroomError `input` for a scheduler that it cannot use */
export function samplingOf(inputs: SamplingValues) {
  const { model } = inputs;
  return {
    model,
    steps: own(inputs.steps, model.defaults.steps),
    guidanceScale: own(inputs.guidance_scale, model.defaults.guidanceScale),
    scheduler: ownScheduler(inputs.scheduler, model),
    seed: inputs.seed,
  };
}

/** What was typed in, or where nothing was, what is recommended. */
export function own(value: number, recommended: number): number {
  return value === OWN.value ? recommended : value;
}

/** Drawn pictures with what drew them. @param more settings of the kind of drawing, such as a strength */
export function drawnPictures(
  { pictures, savings }: DrawnPictures,
  request: TextToImageRequest,
  more: Picture['settings'] = {},
): Picture[] {
  return pictures.map((pixels, index) => ({
    ...pixels,
    settings: {
      ...drawingSettings(request, request.prompt, request.negativePrompt),
      width: pixels.width,
      height: pixels.height,
      seed: imageSeed(request.seed, index),
      ...more,
      ...(savings.length > 0 ? { memory_savings: savings.join(', ') } : {}),
    },
  }));
}

/** What of a request goes into a picture's settings. */
export function drawingSettings(
  { model, steps, guidanceScale, scheduler }: Pick<SamplingRequest, 'model' | 'steps' | 'guidanceScale' | 'scheduler'>,
  prompt: string,
  negativePrompt: string,
): Picture['settings'] {
  return {
    model: model.id,
    ...usedWith(model),
    prompt,
    negative_prompt: negativePrompt,
    steps,
    guidance_scale: guidanceScale,
    scheduler,
  };
}

function memoryWishes(inputs: ValuesOf<typeof MEMORY>): MemoryWishes {
  return {
    mode: inputs.memory_mode as MemoryMode,
    singleImages: inputs.single_images,
    separateGuidance: inputs.separate_guidance,
    vaeSlicing: inputs.vae_slicing,
    vaeTiling: inputs.vae_tiling,
    attentionSlicing: inputs.attention_slicing,
    blockOffload: inputs.block_offload,
  };
}

function ownScheduler(value: string, model: Model): SchedulerId {
  if (value === OWN_SCHEDULER) return model.defaults.scheduler;
  const { schedulers, title } = model.family;
  const scheduler = schedulers.find((id) => id === value);
  if (scheduler) return scheduler;
  throw new HeadroomError('input', `scheduler: ${value} cannot draw with ${title}; ${schedulers.join(', ')} can.`, {
    place: { field: 'scheduler' },
  });
}
