import { defineNode } from './define.ts';
import { drawingPrompts, drawingRequest } from './drawing.ts';
import { drawOver, estimateOver, overInputs } from './drawing-over.ts';
import { connection, output } from './ports.ts';

/** Draws into a part of a picture. */
export const inpaint = defineNode({
  type: 'inpaint',
  version: 1,
  title: 'Inpaint',
  category: 'Draw',
  description: 'Draws what the prompt says into the masked part of a picture; the rest keeps every pixel.',
  keywords: ['mask', 'fill', 'retouch', 'replace', 'remove', 'outpaint'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    image: connection('image', { title: 'Image' }),
    mask: connection('mask', { title: 'Mask', description: 'Where to draw: where it is bright.' }),
    ...overInputs(1),
  },
  outputs: { image: output('image', 'Image') },

  async estimate(context, inputs) {
    return estimateOver(inputs, context);
  },

  prompts: drawingPrompts,

  async run(context, inputs) {
    const { image, mask, strength } = inputs;
    return { image: await drawOver(drawingRequest(inputs, inputs), { image, mask, strength }, context) };
  },
});
