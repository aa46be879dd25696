import type { StoredTensor } from '../stored-tensor.ts';
import { bflFlux } from './bfl-flux.ts';
import { ldmUnet } from './ldm-unet.ts';
import { ldmVae } from './ldm-vae.ts';
import { clipConfig, fluxConfig, t5Config, vaeConfig } from './network-configs.ts';
import type { InferredConfig, NetworkShapes } from './network-shapes.ts';
import { openClip } from './open-clip.ts';
import { unetConfig } from './unet-config.ts';

/** The networks of a model by the folders that diffusers keeps them in. */
export type NetworkFolder = 'unet' | 'transformer' | 'vae' | 'text_encoder' | 'text_encoder_2';

/** One way in which files hold one network. */
export interface Layout {
  readonly folder: NetworkFolder;
  /** What its names may begin with in a file. */
  readonly prefixes: readonly string[];
  /** A tensor that no other layout has. */
  readonly mark: string;
  /** Its tensors, without their prefix, under the names of diffusers or transformers. */
  rename(tensors: readonly StoredTensor[]): StoredTensor[];
  /** @param shapes of the renamed tensors */
  config(shapes: NetworkShapes): InferredConfig;
}

const asTheyAre = (tensors: readonly StoredTensor[]): StoredTensor[] => [...tensors];
const DENOISER = ['model.diffusion_model.', ''];
const AUTOENCODER = ['first_stage_model.', 'vae.', ''];

const clip = { rename: asTheyAre, config: (shapes: NetworkShapes) => clipConfig(shapes, false) };
const clipOfOpenClip = {
  mark: 'transformer.resblocks.0.attn.in_proj_weight',
  rename: openClip,
  config: (shapes: NetworkShapes) => clipConfig(shapes, true),
};
const firstClip = {
  ...clip,
  folder: 'text_encoder',
  prefixes: [
    'cond_stage_model.transformer.',
    'conditioner.embedders.0.transformer.',
    'text_encoders.clip_l.transformer.',
    '',
  ],
} as const;

/** Every layout there is. */
export const layouts: readonly Layout[] = [
  { folder: 'unet', prefixes: DENOISER, mark: 'input_blocks.0.0.weight', rename: ldmUnet, config: unetConfig },
  {
    folder: 'unet',
    prefixes: DENOISER,
    mark: 'up_blocks.0.resnets.0.time_emb_proj.weight',
    rename: asTheyAre,
    config: unetConfig,
  },
  {
    folder: 'transformer',
    prefixes: DENOISER,
    mark: 'double_blocks.0.img_mod.lin.weight',
    rename: bflFlux,
    config: fluxConfig,
  },
  {
    folder: 'transformer',
    prefixes: DENOISER,
    mark: 'single_transformer_blocks.0.proj_mlp.weight',
    rename: asTheyAre,
    config: fluxConfig,
  },
  {
    folder: 'vae',
    prefixes: AUTOENCODER,
    mark: 'decoder.up.0.block.0.conv1.weight',
    rename: ldmVae,
    config: vaeConfig,
  },
  {
    folder: 'vae',
    prefixes: AUTOENCODER,
    mark: 'decoder.up_blocks.0.resnets.0.conv1.weight',
    rename: asTheyAre,
    config: vaeConfig,
  },
  { ...firstClip, mark: 'text_model.encoder.layers.0.mlp.fc1.weight' },
  { ...firstClip, mark: 'encoder.layers.0.mlp.fc1.weight' },
  {
    ...clip,
    folder: 'text_encoder_2',
    prefixes: ['text_encoders.clip_g.transformer.'],
    mark: 'text_model.encoder.layers.0.mlp.fc1.weight',
  },
  {
    ...clipOfOpenClip,
    folder: 'text_encoder',
    prefixes: ['cond_stage_model.model.', 'conditioner.embedders.0.model.'],
  },
  { ...clipOfOpenClip, folder: 'text_encoder_2', prefixes: ['conditioner.embedders.1.model.'] },
  {
    folder: 'text_encoder_2',
    prefixes: ['text_encoders.t5xxl.transformer.', ''],
    mark: 'encoder.block.0.layer.0.SelfAttention.q.weight',
    rename: asTheyAre,
    config: t5Config,
  },
];
