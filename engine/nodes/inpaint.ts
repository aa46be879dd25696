import { IMAGE_TO_IMAGE } from '../pipelines/image-to-image.ts';
import { estimateTextToImage } from '../pipelines/text-to-image.ts';
import { defineNode } from './define.ts';
import { drawingRequest } from './drawing.ts';
import { COUNT, MEMORY, PROMPTS, SAMPLING } from './drawing-inputs.ts';
import { drawOver, estimatedSize, SIZE, strength } from './drawing-over.ts';
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
    ...PROMPTS,
    strength: strength(1),
    ...SIZE,
    ...SAMPLING,
    ...COUNT,
    ...MEMORY,
  },
  outputs: { image: output('image', 'Image') },

  async estimate(context, inputs) {
    const size = estimatedSize(inputs.image, inputs.model, inputs);
    return estimateTextToImage({ ...drawingRequest(inputs, size), parts: IMAGE_TO_IMAGE }, context);
  },

  async run(context, inputs) {
    const { image, mask, strength } = inputs;
    return { image: await drawOver(drawingRequest(inputs, inputs), { image, mask, strength }, context) };
  },
});
