import { estimateTextToImage, textToImage } from '../pipelines/text-to-image.ts';
import { defineNode, type ValuesOf } from './define.ts';
import { drawingPrompts, drawingRequest, drawnPictures, own } from './drawing.ts';
import { COUNT, MEMORY, OWN, PROMPTS, SAMPLING, side } from './drawing-inputs.ts';
import { connection, output } from './ports.ts';

const NATIVE = 'By default what the model was trained on.';

const INPUTS = {
  model: connection('model', { title: 'Model' }),
  ...PROMPTS,
  width: side('Width', NATIVE, OWN),
  height: side('Height', NATIVE, OWN),
  ...SAMPLING,
  ...COUNT,
  ...MEMORY,
};

/** Draws pictures of a prompt. */
export const imageGenerate = defineNode({
  type: 'image_generate',
  version: 1,
  title: 'Image Generate',
  category: 'Draw',
  description: 'Draws pictures of what the prompt says.',
  keywords: ['text to image', 'txt2img', 'sample', 'ksampler', 'diffusion', 'draw'],
  inputs: INPUTS,
  outputs: { image: output('image', 'Image') },

  estimate: async (context, inputs) => estimateTextToImage(requestOf(inputs), context),

  prompts: drawingPrompts,

  async run(context, inputs) {
    const request = requestOf(inputs);
    return { image: drawnPictures(await textToImage(request, context), request) };
  },
});

function requestOf(inputs: ValuesOf<typeof INPUTS>) {
  const { defaults } = inputs.model;
  return drawingRequest(inputs, {
    width: own(inputs.width, defaults.width),
    height: own(inputs.height, defaults.height),
  });
}
