import { parseVaeConfig } from '../models/vae/config.ts';
import { buildVaeDecoder } from '../models/vae/graph.ts';
import { buildTileBlock, buildVaeDecoderHead } from '../models/vae/tile-graphs.ts';
import { decoderTileBlocks } from '../models/vae/tile-steps.ts';
import type { DecoderRecord } from './family.ts';

const NAME = 'vae_decoder';
const PLACE = { folder: 'vae', weightsName: 'diffusion_pytorch_model' } as const;

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
