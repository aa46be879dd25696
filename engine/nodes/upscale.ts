import { resizePixels, type Size } from '../images/resize.ts';
import { within } from '../pipelines/stage.ts';
import { estimateUpscale } from '../pipelines/upscale/estimate.ts';
import { checkResult, upscale as upscalePicture } from '../pipelines/upscale/upscale.ts';
import { defineNode } from './define.ts';
import { connection, float, modelChoice, output } from './ports.ts';

/** What needs no network. */
const LANCZOS = { value: 'lanczos', title: 'Lanczos, without a network' };

/** Makes pictures larger: by a network, which draws details anew, or by plain resampling. */
export const upscale = defineNode({
  type: 'upscale',
  version: 1,
  title: 'Upscale',
  category: 'Image',
  description:
    'Makes pictures larger. A network (an ESRGAN file in a models folder) draws fine details anew; Lanczos only smooths.',
  keywords: ['enlarge', 'resize', 'esrgan', 'super resolution', 'hires', 'bigger'],
  inputs: {
    image: connection('image', { title: 'Image' }),
    upscaler: modelChoice({ title: 'Upscaler', of: 'upscaler', default: LANCZOS.value, builtIn: LANCZOS }),
    scale: float({
      title: 'Times larger',
      description: 'How many times larger each side becomes. What a network makes of another size is resampled.',
      default: 2,
      min: 1,
      max: 8,
      step: 0.5,
    }),
  },
  outputs: { image: output('image', 'Image') },
  fingerprint: async (context, { upscaler }) =>
    upscaler === LANCZOS.value ? '' : (await context.upscaler(upscaler)).fingerprint,
  async estimate(context, { upscaler }) {
    const network = upscaler === LANCZOS.value ? null : await context.upscaler(upscaler);
    return network && estimateUpscale(network, context.dialect, context.budgetBytes);
  },
  async run(context, { image, upscaler, scale }) {
    const network = upscaler === LANCZOS.value ? null : await context.upscaler(upscaler);
    const pictures = [];
    for (const [index, picture] of image.entries()) {
      const size = larger(picture, scale);
      checkResult(size.width, size.height);
      const share = within(context, index / image.length, (index + 1) / image.length);
      const drawn = network ? await upscalePicture(network, picture, share) : picture;
      pictures.push({ ...resizePixels(drawn, size), settings: { ...picture.settings, upscaler } });
    }
    return { image: pictures };
  },
});

function larger({ width, height }: Size, scale: number): Size {
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
