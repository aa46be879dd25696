import type { ComponentRecord, TiledBlock } from '../../families/family.ts';
import { type Model, tiledDecoder, tiledEncoder } from '../../families/model.ts';
import { growth, halo, smallestSide, stepInputs, stepName, type TileStep } from '../../models/vae/tile-steps.ts';
import { type Size, tileCount, tilesOf } from './tiles.ts';

/** A run of a network by the sizes of its graph's named dimensions. */
export interface NetworkRun {
  readonly component: ComponentRecord;
  readonly dimensions: Readonly<Record<string, number>>;
}

/**
 * What `decodeTiled` runs for a picture, each kind of run once with its largest tile: what it needs of the device is the
 * most that one of these needs, as their components are lent one after the other.
 *
 * @param size of the picture in latents
 */
export function tiledDecodeRuns(model: Model, size: Size, tileSize: number): NetworkRun[] {
  const { height, width } = size;
  if (tileCount(size, tileSize) === 1) {
    return [{ component: model.family.vaeDecoder, dimensions: { batch: 1, height, width } }];
  }
  const { head, blocks } = tiledDecoder(model);
  return [{ component: head, dimensions: { height, width } }, ...blockRuns(blocks, size, tileSize)];
}

/** The same of `encodeTiled`, and of the encoder itself for what is one tile. */
export function tiledEncodeRuns(model: Model, size: Size, tileSize: number): NetworkRun[] {
  const { height, width } = size;
  if (tileCount(size, tileSize) === 1) {
    const { downscale } = model.latents;
    const dimensions = { batch: 1, height: height * downscale, width: width * downscale };
    return [{ component: model.family.vaeEncoder, dimensions }];
  }
  const { blocks, tail } = tiledEncoder(model);
  return [...blockRuns(blocks, size, tileSize), { component: tail, dimensions: { height, width } }];
}

function blockRuns(blocks: readonly TiledBlock[], size: Size, tileSize: number): NetworkRun[] {
  return blocks.flatMap(({ component, steps }) => {
    const idle = idleDimensions(steps);
    return steps.map((step) => ({ component, dimensions: { ...idle, ...busyDimensions(step, size, tileSize) } }));
  });
}

function idleDimensions(steps: readonly TileStep[]): Record<string, number> {
  const named = steps.flatMap((step) =>
    stepInputs(step)
      .flatMap(({ dims }) => dims.filter((dim) => typeof dim === 'string'))
      .map((name): [string, number] => [name, smallestSide(step)]),
  );
  return Object.fromEntries(named);
}

function busyDimensions(step: TileStep, size: Size, tileSize: number): Record<string, number> {
  const tiles = tilesOf(size, tileSize, step.scale, halo(step));
  const largest = (side: 'height' | 'width') => Math.max(...tiles.map(({ core }) => core[side])) * growth(step);
  const name = stepName(step);
  const { height = 0, width = 0 } = tiles[0]?.window ?? {};
  return {
    [`${name}.height`]: height,
    [`${name}.width`]: width,
    [`${name}.rows`]: largest('height'),
    [`${name}.columns`]: largest('width'),
  };
}
