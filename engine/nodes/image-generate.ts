import { HeadroomError } from '../contract/errors.ts';
import { families } from '../families/index.ts';
import type { Model } from '../families/model.ts';
import type { Picture } from '../images/picture.ts';
import { MEMORY_MODES, type MemoryMode } from '../pipelines/memory-wishes.ts';
import { estimateTextToImage, imageSeed, type TextToImageRequest, textToImage } from '../pipelines/text-to-image.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { defineNode, type ValuesOf } from './define.ts';
import { boolean, choice, connection, float, integer, output, seed, text } from './ports.ts';
import { usedWith } from './used-with.ts';

/** What stands for "as the model's makers recommend" in a number field and among the schedulers. */
const OWN = { value: -1, title: "the model's own" };
const OWN_SCHEDULER = 'auto';

const side = (title: string) =>
  integer({
    title,
    description: 'In pixels, a multiple of 8, for FLUX of 16. By default what the model was trained on.',
    default: OWN.value,
    min: 64,
    max: 4096,
    step: 8,
    auto: OWN,
  });

const MODE_TITLES: Record<MemoryMode, string> = {
  auto: 'Automatic',
  resident: 'Everything resident',
  stages: 'Stage by stage',
};

/** A way to need less memory that a person may want whether it is needed or not. */
const saving = (title: string, description: string, byDefault = false) =>
  boolean({ title, description, default: byDefault, advanced: true });

const INPUTS = {
  model: connection('model', { title: 'Model' }),
  prompt: text({
    title: 'Prompt',
    description: 'What the picture shows.',
    default: '',
    multiline: true,
    placeholder: 'What should the picture show?',
    maxLength: 100_000,
  }),
  negative_prompt: text({
    title: 'Negative prompt',
    description:
      'What the picture should not show. It has no effect at a guidance scale of 1 or less, and none with FLUX.',
    default: '',
    multiline: true,
    placeholder: 'What should it not show?',
    maxLength: 100_000,
  }),
  width: side('Width'),
  height: side('Height'),
  steps: integer({
    title: 'Steps',
    description: 'More steps take longer and draw more carefully. By default what suits the model.',
    default: OWN.value,
    min: 1,
    max: 150,
    step: 1,
    auto: OWN,
  }),
  guidance_scale: float({
    title: 'Guidance scale',
    description:
      'How strictly to follow the prompt. At 1 or less there is no guidance, and each step takes half the time. FLUX.1 dev takes any scale at the same cost, FLUX.1 schnell takes none.',
    default: OWN.value,
    min: 0,
    max: 30,
    step: 0.5,
    auto: OWN,
  }),
  seed: seed({
    title: 'Seed',
    description: 'The same seed and settings draw the same picture. -1 draws another one each time.',
    default: -1,
  }),
  num_images: integer({
    title: 'Images',
    description: 'How many pictures to draw. The first has the seed, each further one the next number.',
    default: 1,
    min: 1,
    max: 64,
    step: 1,
  }),
  scheduler: choice({
    title: 'Scheduler',
    description: 'The method that leads from noise to the picture. By default the one that the model was made with.',
    default: OWN_SCHEDULER,
    options: [
      { value: OWN_SCHEDULER, title: "The model's own" },
      ...Object.values(SCHEDULERS)
        .filter(({ id }) => families.some(({ schedulers }) => schedulers.includes(id)))
        .map(({ id, title }) => ({ value: id, title })),
    ],
    advanced: true,
  }),
  memory_mode: choice({
    title: 'Memory',
    description:
      'Automatic: as fast as what is free allows. Everything resident: nothing is saved ahead. Stage by stage: only the network that is working is in memory. Whatever is chosen, a run that runs out of memory goes on with less.',
    default: 'auto',
    options: MEMORY_MODES.map((value) => ({ value, title: MODE_TITLES[value] })),
    advanced: true,
  }),
  single_images: saving('Single images', 'Draws pictures one by one instead of together.'),
  separate_guidance: saving('Separate guidance', 'Computes the prompt and the negative prompt one after the other.'),
  vae_slicing: saving('VAE slicing', 'Decodes pictures one by one instead of together. It costs no time.', true),
  vae_tiling: saving('VAE tiling', 'Decodes each picture in tiles; the picture stays the same up to rounding.'),
  attention_slicing: saving('Attention slicing', 'Computes attention in parts.'),
  block_offload: saving(
    'Sequential offload',
    'Loads text encoder and denoiser in parts, for models larger than the memory; what has room stays there. Slower.',
  ),
};
type GenerateInputs = ValuesOf<typeof INPUTS>;

/** Draws pictures of a prompt. */
export const imageGenerate = defineNode({
  type: 'image_generate',
  version: 1,
  title: 'Image Generate',
  category: 'Image',
  description: 'Draws pictures of what the prompt says.',
  keywords: ['text to image', 'txt2img', 'sample', 'ksampler', 'diffusion', 'draw'],
  inputs: INPUTS,
  outputs: { image: output('image', 'Image') },

  estimate: async (context, inputs) => estimateTextToImage(requestOf(inputs), context),

  async run(context, inputs) {
    const request = requestOf(inputs);
    const { model, prompt, negativePrompt } = request;
    const { pictures, savings } = await textToImage(request, context);
    const image: Picture[] = pictures.map((pixels, index) => ({
      ...pixels,
      settings: {
        model: model.id,
        ...usedWith(model),
        prompt,
        negative_prompt: negativePrompt,
        width: pixels.width,
        height: pixels.height,
        steps: request.steps,
        guidance_scale: request.guidanceScale,
        scheduler: request.scheduler,
        seed: imageSeed(inputs.seed, index),
        ...(savings.length > 0 ? { memory_savings: savings.join(', ') } : {}),
      },
    }));
    return { image };
  },
});

/** The inputs with what the model recommends where they leave the choice to it. */
function requestOf(inputs: GenerateInputs): TextToImageRequest {
  const { model } = inputs;
  return {
    model,
    prompt: inputs.prompt,
    negativePrompt: inputs.negative_prompt,
    width: own(inputs.width, model.defaults.width),
    height: own(inputs.height, model.defaults.height),
    steps: own(inputs.steps, model.defaults.steps),
    guidanceScale: own(inputs.guidance_scale, model.defaults.guidanceScale),
    scheduler: ownScheduler(inputs.scheduler, model),
    seed: inputs.seed,
    count: inputs.num_images,
    memory: {
      mode: inputs.memory_mode as MemoryMode,
      singleImages: inputs.single_images,
      separateGuidance: inputs.separate_guidance,
      vaeSlicing: inputs.vae_slicing,
      vaeTiling: inputs.vae_tiling,
      attentionSlicing: inputs.attention_slicing,
      blockOffload: inputs.block_offload,
    },
  };
}

function own(value: number, recommended: number): number {
  return value === OWN.value ? recommended : value;
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
