import { parseVaeConfig } from '../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../models/vae/graph.ts';
import { buildTileBlock, buildVaeDecoderHead } from '../models/vae/tile-graphs.ts';
import { decoderTileBlocks } from '../models/vae/tile-steps.ts';
import type { ComponentRecord, DecoderRecord, LatentFormat } from './family.ts';

const NAME = 'vae_decoder';
const PLACE = { folder: 'vae', weightsName: 'diffusion_pytorch_model' } as const;

/** The encoder of the image autoencoder that latent diffusion models share (diffusers: AutoencoderKL). */
export const autoencoderEncoder: ComponentRecord = {
  ...PLACE,
  name: 'vae_encoder',
  build: (config, source, weights, dialect) => buildVaeEncoder(parseVaeConfig(config, source), weights, dialect),
};

/**
 * How an autoencoder's latents relate to pixels.
 *
 * @param patch side of the squares of latents that the denoiser sees as one
 */
export function autoencoderLatents(config: unknown, source: string, patch = 1): LatentFormat {
  const vae = parseVaeConfig(config, source);
  const downscale = 2 ** (vae.block_out_channels.length - 1);
  return {
    channels: vae.latent_channels,
    downscale,
    multiple: downscale * patch,
    scale: vae.scaling_factor,
    shift: vae.shift_factor ?? 0,
  };
}

/** The decoder of the image autoencoder that latent diffusion models share (diffusers: AutoencoderKL). */
export const autoencoderDecoder: DecoderRecord = {
  ...PLACE,
  name: NAME,
  build: (config, source, weights, dialect) => buildVaeDecoder(parseVaeConfig(config, source), weights, dialect),
  tiled: (tiledConfig, tiledSource) => ({
    head: {
      ...PLACE,
      name: `${NAME}.head`,
      build: (config, source, weights, dialect) =>
        buildVaeDecoderHead(parseVaeConfig(config, source), weights, dialect),
    },
    blocks: decoderTileBlocks(parseVaeConfig(tiledConfig, tiledSource)).map((block) => ({
      component: {
        ...PLACE,
        name: `${NAME}.${block.name}`,
        build: (_config, _source, weights, dialect) => buildTileBlock(block, weights, dialect),
      },
      steps: block.steps,
    })),
  }),
};
