import { z } from 'zod';
import { parseClipTextConfig } from '../models/clip/config.ts';
import { buildClipTextEncoder } from '../models/clip/graph.ts';
import { parseUnetConfig } from '../models/unet/config.ts';
import { buildUnet } from '../models/unet/graph.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { tensor } from '../tensor/tensor.ts';
import { autoencoderDecoder, autoencoderEncoder, autoencoderLatents } from './autoencoder.ts';
import type { EncodedText, Family } from './family.ts';

/** `sample_size` as diffusers defaults it (UNet2DConditionModel); some configs write height and width. */
const zSampleSize = z.object({ sample_size: z.union([z.int().positive(), z.array(z.int().positive())]).nullish() });
const DEFAULT_SAMPLE_SIZE = 64;

/**
 * Stable Diffusion 1.x and 2.x (https://arxiv.org/abs/2112.10752): one CLIP text encoder, a UNet that attends to its
 * hidden states, an autoencoder with four latent channels. What differs between the versions (widths, heads, the kind of
 * prediction) is in the configs.
 */
export const sd15: Family = {
  id: 'sd15',
  title: 'Stable Diffusion 1 and 2',
  pipelineClasses: ['StableDiffusionPipeline', 'StableDiffusionImg2ImgPipeline'],

  textEncoders: [
    {
      name: 'text_encoder',
      folder: 'text_encoder',
      weightsName: 'model',
      tokenizer: { folder: 'tokenizer', kind: 'clip' },
      tokens: 77,
      build: (config, source, weights, dialect) =>
        buildClipTextEncoder(parseClipTextConfig(config, source), weights, dialect),
    },
  ],
  combine: ([text]) => text as EncodedText,
  denoiser: {
    name: 'unet',
    folder: 'unet',
    weightsName: 'diffusion_pytorch_model',
    build: (config, source, weights, dialect) => buildUnet(parseUnetConfig(config, source), weights, dialect),
    calls: () => ({
      guidance: 'classifier-free',
      inputs: ({ sample, timestep, conditioning }) => ({
        sample,
        timestep: tensor('float32', [1], Float32Array.of(timestep)),
        encoder_hidden_states: conditioning.states,
      }),
      prediction: (output) => output,
      dimensions: (size) => size,
    }),
  },
  vaeDecoder: autoencoderDecoder,
  vaeEncoder: autoencoderEncoder,

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

  nativeSize(config) {
    const size = zSampleSize.safeParse(config).data?.sample_size ?? DEFAULT_SAMPLE_SIZE;
    return typeof size === 'number' ? size : Math.max(...size);
  },

  latentFormat: autoencoderLatents,
};
