import { z } from 'zod';
import { controlShape } from '../models/controlnet/config.ts';
import { parseUnetConfig } from '../models/unet/config.ts';
import { buildUnet } from '../models/unet/graph.ts';
import { residualDimensions, residualsOf } from '../models/unet/residuals.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { DenoiserCall, DenoiserRecord } from './family.ts';

const PLACE = { name: 'unet', folder: 'unet', weightsName: 'diffusion_pytorch_model' } as const;
/** Latents, mask, and the latents of the picture without the masked part. */
const MASK_FILLING_CHANNELS = 9;

/** The denoiser of Stable Diffusion 1, 2 and XL (diffusers: UNet2DConditionModel). */
export const unetDenoiser: DenoiserRecord = {
  ...PLACE,
  controlled: {
    component: {
      ...PLACE,
      variant: 'controlled',
      build: (config, source, weights, dialect) =>
        buildUnet(parseUnetConfig(config, source), weights, dialect, { controlled: true }),
    },
    shape: (config, source) => controlShape(parseUnetConfig(config, source)),
    residuals: (config, source) => residualsOf(parseUnetConfig(config, source)),
    dimensions: (config, source, { height, width }) =>
      residualDimensions(parseUnetConfig(config, source), height, width),
  },
  build: (config, source, weights, dialect) => buildUnet(parseUnetConfig(config, source), weights, dialect),
  calls(config, source) {
    const { textTime, inChannels } = parseUnetConfig(config, source);
    return {
      guidance: 'classifier-free',
      fillsMasks: inChannels === MASK_FILLING_CHANNELS,
      inputs: (call) => ({
        sample: call.sample,
        timestep: tensor('float32', [1], Float32Array.of(call.timestep)),
        encoder_hidden_states: call.conditioning.states,
        ...(textTime ? textTimeInputs(call) : {}),
      }),
      prediction: (output) => output,
      dimensions: (size) => size,
    };
  },
};

/**
 * What the UNet of SDXL sees beside the prompt's states: the prompt as a whole, the size that a picture of the training
 * had, where it was cut, and the size that it was cut to (https://arxiv.org/abs/2307.01952, section 2.2; diffusers:
 * StableDiffusionXLPipeline._get_add_time_ids). Here nothing was cut.
 */
function textTimeInputs({ sample, conditioning, width, height }: DenoiserCall): Record<string, Tensor> {
  const { pooled } = conditioning;
  if (!pooled) throw new Error('SDXL was called without a pooled prompt');
  const numbers = [height, width, 0, 0, height, width];
  const batch = sample.dims[0] as number;
  const timeIds = Float32Array.from({ length: 6 * batch }, (_, index) => numbers[index % 6] as number);
  return { text_embeds: pooled, time_ids: tensor('float32', [batch, 6], timeIds) };
}

const zShape = z.object({
  /** As diffusers defaults it; some configs write height and width. */
  sample_size: z.union([z.int().positive(), z.array(z.int().positive())]).nullish(),
});
const DEFAULT_SAMPLE_SIZE = 64;

/** Side of the pictures that a UNet was trained on, in latents. */
export function unetSampleSize(config: unknown): number {
  const size = zShape.safeParse(config).data?.sample_size ?? DEFAULT_SAMPLE_SIZE;
  return typeof size === 'number' ? size : Math.max(...size);
}
