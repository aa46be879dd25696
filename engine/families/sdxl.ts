import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { autoencoder, autoencoderLatents } from './autoencoder.ts';
import type { Family } from './family.ts';
import { clipTextEncoder } from './text-encoders.ts';
import { unetDenoiser, unetSampleSize } from './unet.ts';

/**
 * Stable Diffusion XL (https://arxiv.org/abs/2307.01952): the penultimate layers of two CLIP text encoders side by side,
 * the second one's embedding of the whole prompt, and an autoencoder that overflows in half precision unless it was mended.
 */
export const sdxl: Family = {
  id: 'sdxl',
  title: 'Stable Diffusion XL',
  pipelineClasses: [
    'StableDiffusionXLPipeline',
    'StableDiffusionXLImg2ImgPipeline',
    'StableDiffusionXLInpaintPipeline',
  ],

  textEncoders: [
    clipTextEncoder('first', { skipLayers: 1, finalNorm: false }),
    clipTextEncoder('second', { skipLayers: 1, finalNorm: false, pooled: 'projected' }),
  ],
  combine: (encoded) => ({ states: joinWidths(encoded.map(({ states }) => states)), pooled: encoded[1]?.pooled }),
  // diffusers: StableDiffusionXLPipeline, force_zeros_for_empty_prompt
  emptyNegative: 'zeros',
  denoiser: unetDenoiser,
  ...autoencoder({ upcast: 'as configured' }),

  schedulers: (Object.keys(SCHEDULERS) as SchedulerId[]).filter((id) => id !== 'flow_match_euler'),
  defaults: { steps: 30, guidanceScale: 5, scheduler: 'euler' },

  // ComfyUI: comfy/latent_formats.py, SDXL
  preview: {
    channels: [
      [0.3651, 0.4232, 0.4341],
      [-0.2533, -0.0042, 0.1068],
      [0.1076, 0.1111, -0.0362],
      [-0.3165, -0.2492, -0.2188],
    ],
    bias: [0.1084, -0.0175, -0.0011],
  },

  nativeSize: unetSampleSize,
  latentFormat: autoencoderLatents,
};

/** [prompts, tokens, width] each → [prompts, tokens, sum of the widths] */
function joinWidths(states: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [prompts = 0, tokens = 0] = states[0]?.dims ?? [];
  const widths = states.map(({ dims }) => dims[2] as number);
  const width = widths.reduce((sum, each) => sum + each, 0);
  const joined = new Float32Array(prompts * tokens * width);
  let offset = 0;
  for (const [index, { data }] of states.entries()) {
    const own = widths[index] as number;
    for (let row = 0; row < prompts * tokens; row++) {
      joined.set(data.subarray(row * own, (row + 1) * own), row * width + offset);
    }
    offset += own;
  }
  return tensor('float32', [prompts, tokens, width], joined);
}
