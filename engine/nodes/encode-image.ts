import { fitMask, fitPicture } from '../images/fit.ts';
import { encodePicture, partRequest } from '../pipelines/latent-pictures.ts';
import { within } from '../pipelines/stage.ts';
import { estimateTextToImage } from '../pipelines/text-to-image.ts';
import { defineNode } from './define.ts';
import { OWN } from './drawing-inputs.ts';
import { estimatedSize, maskFor } from './drawing-over.ts';
import { drawingSize } from './drawing-size.ts';
import { connection, optional, output } from './ports.ts';

const FITTING = { width: OWN.value, height: OWN.value };

/** Pictures as latents, for Sample to draw over: the first step of Image to Image alone. */
export const encodeImage = defineNode({
  type: 'encode_image',
  version: 1,
  title: 'Encode Image',
  category: 'Step by step',
  description: 'Reads pictures with the VAE of a model, for Sample to draw over them or into what is masked.',
  keywords: ['vae encode', 'latents', 'img2img', 'inpaint'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    image: connection('image', { title: 'Image' }),
    mask: optional('mask', { title: 'Mask', description: 'Where to draw; without one everywhere.' }),
  },
  outputs: { latents: output('latents', 'Latents') },

  async estimate(context, { model, image }) {
    return estimateTextToImage(partRequest('picture', model, estimatedSize(image, model, FITTING)), context);
  },

  async run(context, { model, image, mask }) {
    const latents = [];
    for (const [index, picture] of image.entries()) {
      const size = drawingSize(picture, model, FITTING);
      const fitted = { ...fitPicture(picture, size), settings: picture.settings };
      const own = mask && fitMask(maskFor(picture, mask, context), size);
      const share = within(context, index / image.length, (index + 1) / image.length);
      latents.push(await encodePicture(model, fitted, own, share));
    }
    return { latents };
  },
});
