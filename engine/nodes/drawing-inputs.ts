import { families } from '../families/index.ts';
import { MEMORY_MODES, type MemoryMode } from '../pipelines/memory-wishes.ts';
import { SCHEDULERS } from '../schedulers/index.ts';
import { boolean, choice, float, integer, seed, text } from './ports.ts';

/** What stands for "as the model's makers recommend" in a number field and among the schedulers. */
export const OWN = { value: -1, title: "the model's own" };
export const OWN_SCHEDULER = 'auto';

const MODE_TITLES: Record<MemoryMode, string> = {
  auto: 'Automatic',
  resident: 'Everything resident',
  stages: 'Stage by stage',
};

/** A side of the picture. @param auto what -1 stands for */
export const side = (title: string, description: string, auto: { value: number; title: string; fromModel?: boolean }) =>
  integer({
    title,
    description: `In pixels, a multiple of 8, for FLUX of 16. ${description}`,
    default: auto.value,
    min: 64,
    max: 4096,
    step: 8,
    auto,
  });

/** A way to need less memory that a person may want whether it is needed or not. */
const saving = (title: string, description: string, byDefault = false) =>
  boolean({ title, description, default: byDefault, advanced: true });

/** Whether prompts are read as they stand. */
export const PLAIN_PROMPT = boolean({
  title: 'Plain prompt',
  description:
    'Reads prompts as diffusers does: (word:1.2) is text, and what is longer than the text encoder reads at once is left out. Otherwise such weights count, and long prompts are read in chunks.',
  default: false,
  advanced: true,
});

/** What the picture shows, and what it does not. */
export const PROMPTS = {
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
  plain_prompt: PLAIN_PROMPT,
};

/** How it is drawn. */
export const SAMPLING = {
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
};

/** How many are drawn. */
export const COUNT = {
  num_images: integer({
    title: 'Images',
    description: 'How many pictures to draw. The first has the seed, each further one the next number.',
    default: 1,
    min: 1,
    max: 64,
    step: 1,
  }),
};

/** How memory is used meanwhile. */
export const MEMORY = {
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
  vae_tiling: saving('VAE tiling', 'Encodes and decodes pictures in tiles; they stay the same up to rounding.'),
  attention_slicing: saving('Attention slicing', 'Computes attention in parts.'),
  block_offload: saving(
    'Sequential offload',
    'Loads text encoder and denoiser in parts, for models larger than the memory; what has room stays there. Slower.',
  ),
};
