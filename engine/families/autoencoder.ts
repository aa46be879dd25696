import type { Dialect } from '../layers/dialect.ts';
import { parseVaeConfig } from '../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../models/vae/graph.ts';
import { buildTileBlock, buildVaeDecoderHead, buildVaeEncoderTail } from '../models/vae/tile-graphs.ts';
import { decoderTileBlocks, encoderTileBlocks, type TileBlock } from '../models/vae/tile-steps.ts';
import type { Family, LatentFormat, TiledBlock } from './family.ts';

const ENCODER = 'vae_encoder';
const DECODER = 'vae_decoder';

interface AutoencoderOptions {
  /**
   * Whether it overflows in half precision: as its config's `force_upcast` says. Only the pipelines of SDXL ask it; it is
   * true by default, and so in the configs of autoencoders that do not overflow.
   */
  readonly upcast: 'as configured' | 'never';
}

/** The image autoencoder that latent diffusion models share (diffusers: AutoencoderKL). */
export function autoencoder({ upcast }: AutoencoderOptions): Pick<Family, 'vaeDecoder' | 'vaeEncoder'> {
  const place = {
    folder: 'vae',
    weightsName: 'diffusion_pytorch_model',
    dialect: (config: unknown, source: string, device: Dialect) =>
      upcast === 'as configured' && parseVaeConfig(config, source).force_upcast ? device.float32 : device,
  } as const;
  const tiledBlocks = (network: string, blocks: readonly TileBlock[]): TiledBlock[] =>
    blocks.map((block) => ({
      component: {
        ...place,
        name: `${network}.${block.name}`,
        build: (_config, _source, weights, dialect) => buildTileBlock(block, weights, dialect),
      },
      steps: block.steps,
    }));
  return {
    vaeEncoder: {
      ...place,
      name: ENCODER,
      build: (config, source, weights, dialect) => buildVaeEncoder(parseVaeConfig(config, source), weights, dialect),
      tiled: (tiledConfig, tiledSource) => ({
        blocks: tiledBlocks(ENCODER, encoderTileBlocks(parseVaeConfig(tiledConfig, tiledSource))),
        tail: {
          ...place,
          name: `${ENCODER}.tail`,
          build: (config, source, weights, dialect) =>
            buildVaeEncoderTail(parseVaeConfig(config, source), weights, dialect),
        },
      }),
    },
    vaeDecoder: {
      ...place,
      name: DECODER,
      build: (config, source, weights, dialect) => buildVaeDecoder(parseVaeConfig(config, source), weights, dialect),
      tiled: (tiledConfig, tiledSource) => ({
        head: {
          ...place,
          name: `${DECODER}.head`,
          build: (config, source, weights, dialect) =>
            buildVaeDecoderHead(parseVaeConfig(config, source), weights, dialect),
        },
        blocks: tiledBlocks(DECODER, decoderTileBlocks(parseVaeConfig(tiledConfig, tiledSource))),
      }),
    },
  };
}

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
