import { z } from 'zod';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { autoencoder, autoencoderLatents } from './autoencoder.ts';
import type { EncodedText, Family } from './family.ts';
import { clipTextEncoder } from './text-encoders.ts';
import { unetDenoiser, unetSampleSize } from './unet.ts';

const zProjection = z.object({ use_linear_projection: z.boolean().nullish() });
/** What version 2 changed for good; that its velocities are predicted is in the scheduler's config. */
const isSecond = (unetConfig: unknown) => zProjection.safeParse(unetConfig).data?.use_linear_projection ?? false;

/**
 * Stable Diffusion 1.x (https://arxiv.org/abs/2112.10752): one CLIP text encoder, a UNet that attends to its hidden states,
 * an autoencoder with four latent channels.
 */
export const sd15: Family = {
  id: 'sd15',
  title: 'Stable Diffusion 1',
  pipelineClasses: ['StableDiffusionPipeline', 'StableDiffusionImg2ImgPipeline', 'StableDiffusionInpaintPipeline'],
  matches: (unetConfig) => !isSecond(unetConfig),

  textEncoders: [clipTextEncoder('first')],
  combine: ([text]) => text as EncodedText,
  emptyNegative: 'encoded',
  denoiser: unetDenoiser,
  ...autoencoder({ upcast: 'never' }),

  schedulers: (Object.keys(SCHEDULERS) as SchedulerId[]).filter((id) => id !== 'flow_match_euler'),
  defaults: { steps: 25, guidanceScale: 7.5, scheduler: 'ddim' },

  // Fitted for Stable Diffusion 1.5 by torridgristle: https://discuss.huggingface.co/t/23204/7
  preview: {
    channels: [
      [0.3444, 0.1385, 0.067],
      [0.1247, 0.4027, 0.1494],
      [-0.3192, 0.2513, 0.2103],
      [-0.1307, -0.1874, -0.7445],
    ],
    bias: [0, 0, 0],
  },

  nativeSize: unetSampleSize,
  latentFormat: autoencoderLatents,
};

/** Stable Diffusion 2.x: another text encoder in the same place, and most of its models predict velocities. */
export const sd2: Family = {
  ...sd15,
  id: 'sd2',
  title: 'Stable Diffusion 2',
  matches: isSecond,
};
