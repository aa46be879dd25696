import { defineNode } from './define.ts';
import { drawingPrompts, drawingRequest } from './drawing.ts';
import { drawOver, estimateOver, overInputs } from './drawing-over.ts';
import { connection, output } from './ports.ts';

/** Draws pictures of a prompt over others. */
export const imageToImage = defineNode({
  type: 'image_to_image',
  version: 1,
  title: 'Image to Image',
  category: 'Draw',
  description: 'Draws what the prompt says over a picture, and keeps as much of it as the strength leaves.',
  keywords: ['img2img', 'variation', 'sketch', 'restyle', 'photo', 'diffusion'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    image: connection('image', { title: 'Image' }),
    ...overInputs(0.7),
  },
  outputs: { image: output('image', 'Image') },

  async estimate(context, inputs) {
    return estimateOver(inputs, context);
  },

  prompts: drawingPrompts,

  async run(context, inputs) {
    const { image, strength } = inputs;
    return { image: await drawOver(drawingRequest(inputs, inputs), { image, strength }, context) };
  },
});
