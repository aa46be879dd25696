import { z } from 'zod';
import { parseFluxConfig } from '../models/flux/config.ts';
import { buildFluxTransformer } from '../models/flux/graph.ts';
import { packLatents, unpackLatents } from '../models/flux/packing.ts';
import { rotaryInputs } from '../models/flux/positions.ts';
import { dynamicShift } from '../schedulers/flow-match-euler.ts';
import { linspace } from '../schedulers/spacing.ts';
import { tensor } from '../tensor/tensor.ts';
import { autoencoder, autoencoderLatents } from './autoencoder.ts';
import type { DenoiserRecord, EncodedText, Family } from './family.ts';
import { clipTextEncoder, t5TextEncoder } from './text-encoders.ts';

/** The denoiser sees squares of this many latents a side as one token. */
const PATCH = 2;

const zGuidance = z.object({ guidance_embeds: z.boolean().default(false) });
const isGuided = (denoiserConfig: unknown) => zGuidance.safeParse(denoiserConfig).data?.guidance_embeds ?? false;

const denoiser: DenoiserRecord = {
  name: 'transformer',
  folder: 'transformer',
  weightsName: 'diffusion_pytorch_model',
  build: (config, source, weights, dialect) => buildFluxTransformer(parseFluxConfig(config, source), weights, dialect),
  calls(json, source) {
    const config = parseFluxConfig(json, source);
    const one = (value: number) => tensor('float32', [1], Float32Array.of(value));
    return {
      guidance: config.guidance_embeds ? 'embedded' : 'none',
      inputs({ sample, conditioning: { states, pooled }, timestep, guidanceScale }) {
        if (!pooled) throw new Error('FLUX was called without a pooled prompt');
        const [, , height, width] = sample.dims as [number, number, number, number];
        const grid = { textTokens: states.dims[1] as number, height: height / PATCH, width: width / PATCH };
        return {
          sample: packLatents(sample),
          timestep: one(timestep),
          encoder_hidden_states: states,
          pooled_projections: pooled,
          ...rotaryInputs(config, grid),
          ...(config.guidance_embeds ? { guidance: one(guidanceScale) } : {}),
        };
      },
      prediction: (output, dims) => unpackLatents(output, dims[2] as number, dims[3] as number),
      dimensions({ batch, height, width, tokens }) {
        const image = (height * width) / PATCH ** 2;
        return { batch, image_length: image, text_length: tokens, tokens: image + tokens };
      },
    };
  },
};

/**
 * FLUX.1 (https://github.com/black-forest-labs/flux): a transformer over the tokens of prompt and picture together, trained
 * to predict velocities. T5 reads the prompt, CLIP sums it up. Guidance is an input of the one and distilled away in the other.
 */
const flux = {
  pipelineClasses: ['FluxPipeline'],
  combine: ([clip, t5]) => ({ states: (t5 as EncodedText).states, pooled: clip?.pooled }),
  emptyNegative: 'encoded',
  denoiser,
  ...autoencoder({ upcast: 'never' }),
  schedulers: ['flow_match_euler'],
  // diffusers: FluxPipeline.__call__, calculate_shift
  flow: (config, steps, { height, width }) => ({
    mu: dynamicShift(config, (height * width) / PATCH ** 2),
    sigmas: linspace(1, 1 / steps, steps),
  }),

  // ComfyUI: comfy/latent_formats.py, Flux
  preview: {
    channels: [
      [-0.0346, 0.0244, 0.0681],
      [0.0034, 0.021, 0.0687],
      [0.0275, -0.0668, -0.0433],
      [-0.0174, 0.016, 0.0617],
      [0.0859, 0.0721, 0.0329],
      [0.0004, 0.0383, 0.0115],
      [0.0405, 0.0861, 0.0915],
      [-0.0236, -0.0185, -0.0259],
      [-0.0245, 0.025, 0.118],
      [0.1008, 0.0755, -0.0421],
      [-0.0515, 0.0201, 0.0011],
      [0.0428, -0.0012, -0.0036],
      [0.0817, 0.0765, 0.0749],
      [-0.1264, -0.0522, -0.1103],
      [-0.028, -0.0881, -0.0499],
      [-0.1262, -0.0982, -0.0778],
    ],
    bias: [-0.0329, -0.0718, -0.0851],
  },

  // No config says so: 1024 pixels, as diffusers' FluxPipeline.default_sample_size.
  nativeSize: () => 128,
  latentFormat: (config, source) => autoencoderLatents(config, source, PATCH),
} satisfies Omit<Family, 'id' | 'title' | 'textEncoders' | 'defaults'>;

/** Distilled to take the guidance scale as an input: one call a step. */
export const fluxDev: Family = {
  ...flux,
  id: 'flux-dev',
  title: 'FLUX.1 dev',
  matches: isGuided,
  textEncoders: [clipTextEncoder('first', { pooled: 'plain' }), t5TextEncoder('second', 512)],
  defaults: { steps: 28, guidanceScale: 3.5, scheduler: 'flow_match_euler' },
};

/** Distilled to a few steps, without guidance. */
export const fluxSchnell: Family = {
  ...flux,
  id: 'flux-schnell',
  title: 'FLUX.1 schnell',
  matches: (config) => !isGuided(config),
  textEncoders: [clipTextEncoder('first', { pooled: 'plain' }), t5TextEncoder('second', 256)],
  defaults: { steps: 4, guidanceScale: 0, scheduler: 'flow_match_euler' },
};
