import { partRequest, samplePictures } from '../pipelines/latent-pictures.ts';
import { estimateTextToImage } from '../pipelines/text-to-image.ts';
import { defineNode } from './define.ts';
import { drawingSettings, samplingOf } from './drawing.ts';
import { SAMPLING } from './drawing-inputs.ts';
import { strength } from './drawing-over.ts';
import { connection, optional, output } from './ports.ts';

/** From noise to latents: the middle of Image Generate alone. */
export const sample = defineNode({
  type: 'sample',
  version: 1,
  title: 'Sample',
  category: 'Step by step',
  description: 'Draws latents step by step: empty ones out of noise, others over what they hold.',
  keywords: ['ksampler', 'denoise', 'scheduler', 'steps', 'unet'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    positive: connection('conditioning', { title: 'Prompt' }),
    negative: optional('conditioning', { title: 'Negative prompt', description: 'Without one: the empty prompt.' }),
    latents: connection('latents', { title: 'Latents' }),
    ...SAMPLING,
    strength: strength(1),
  },
  outputs: { latents: output('latents', 'Latents') },

  async estimate(context, inputs) {
    const { model, latents = [] } = inputs;
    const { guidanceScale } = samplingOf(inputs);
    const request = { ...partRequest('sample', model, latents[0]), guidanceScale, count: Math.max(1, latents.length) };
    return estimateTextToImage(request, context);
  },

  async run(context, inputs) {
    const { positive, negative, strength, latents } = inputs;
    const how = samplingOf(inputs);
    const settings = drawingSettings(how, positive.text, negative?.text ?? '');
    return { latents: await samplePictures({ ...how, positive, negative, strength, settings }, latents, context) };
  },
});
