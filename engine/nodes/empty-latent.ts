import { defineNode, type ValuesOf } from './define.ts';
import { own } from './drawing.ts';
import { COUNT, OWN, side } from './drawing-inputs.ts';
import { connection, output } from './ports.ts';

const NATIVE = 'By default what the model was trained on.';

const INPUTS = {
  model: connection('model', { title: 'Model' }),
  width: side('Width', NATIVE, OWN),
  height: side('Height', NATIVE, OWN),
  ...COUNT,
};

/** Empty pictures to draw into: where Image Generate begins. */
export const emptyLatent = defineNode({
  type: 'empty_latent',
  version: 1,
  title: 'Empty Latent',
  category: 'Step by step',
  description: 'Empty pictures of a size, for Sample to draw.',
  keywords: ['latents', 'noise', 'size', 'batch'],
  inputs: INPUTS,
  outputs: { latents: output('latents', 'Latents') },
  lookUp: async (_context, inputs) => emptyPictures(inputs),
  run: async (_context, inputs) => emptyPictures(inputs),
});

function emptyPictures({ model, width, height, num_images: count }: ValuesOf<typeof INPUTS>) {
  const size = { width: own(width, model.defaults.width), height: own(height, model.defaults.height) };
  return { latents: Array.from({ length: count }, () => ({ ...size, settings: {} })) };
}
