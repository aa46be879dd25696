import { decodeLatentPictures, partRequest } from '../pipelines/latent-pictures.ts';
import { estimateTextToImage } from '../pipelines/text-to-image.ts';
import { defineNode } from './define.ts';
import { connection, output } from './ports.ts';

/** From latents to pictures: the last step of Image Generate alone. */
export const decode = defineNode({
  type: 'decode',
  version: 1,
  title: 'Decode',
  category: 'Step by step',
  description: 'Turns latents into pictures with the VAE of a model.',
  keywords: ['vae decode', 'latents', 'picture'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    latents: connection('latents', { title: 'Latents' }),
  },
  outputs: { image: output('image', 'Image') },

  async estimate(context, { model, latents = [] }) {
    return estimateTextToImage(partRequest('decode', model, latents[0]), context);
  },

  run: async (context, { model, latents }) => ({ image: await decodeLatentPictures(model, latents, context) }),
});
