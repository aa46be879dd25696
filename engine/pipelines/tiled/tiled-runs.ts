import type { ComponentRecord } from '../../families/family.ts';
import { type Model, tiledDecoder } from '../../families/model.ts';
import { growth, stepInputs, stepName, type TileStep } from '../../models/vae/tile-steps.ts';
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
  const runs = blocks.flatMap(({ component, steps }) =>
    steps.map((step) => ({
      component,
      dimensions: { ...idleDimensions(steps), ...busyDimensions(step, size, tileSize) },
    })),
  );
  return [{ component: head, dimensions: { height, width } }, ...runs];
}

function idleDimensions(steps: readonly TileStep[]): Record<string, number> {
  const names = steps.flatMap(stepInputs).flatMap(({ dims }) => dims.filter((dim) => typeof dim === 'string'));
  return Object.fromEntries(names.map((name) => [name, 1]));
}

function busyDimensions(step: TileStep, size: Size, tileSize: number): Record<string, number> {
  const tiles = tilesOf(size, tileSize, step.scale);
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
