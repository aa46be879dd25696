import { HeadroomError } from '../../contract/errors.ts';
import { MOST_PIXELS } from '../../contract/image-header.ts';
import type { Upscaler } from '../../families/upscaler.ts';
import type { Pixels } from '../../images/picture.ts';
import { inWords } from '../../memory/words.ts';
import { unshuffled } from '../../models/rrdbnet/unshuffle.ts';
import { isOutOfMemory } from '../../ort/errors.ts';
import { asFloat32 } from '../as-float32.ts';
import { breathe, type Stage } from '../stage.ts';
import { type Tile, tilesOf } from '../tiled/tiles.ts';
import { evenPixels, PixelCanvas, regionTensor } from './pixels.ts';
import { chooseTile, HALO, nextTile, upscaleNeed } from './tile-size.ts';

/**
 * The picture as many times larger as the network makes it, in tiles that overlap: the device holds one at a time. Where
 * memory runs out, what is idle is freed, then the tiles become smaller.
 *
 * @throws HeadroomError `input` for a picture that would become too large, `cancelled` between tiles, `memory` where the
 * smallest tile does not fit, and whatever the network throws
 */
export async function upscale(upscaler: Upscaler, picture: Pixels, stage: Stage): Promise<Pixels> {
  const { scale } = upscaler;
  checkResult(picture.width * scale, picture.height * scale);
  const { components, dialect } = stage.environment;
  const tried: string[] = [];
  const tell = (rung: string, action: string) => {
    tried.push(action);
    stage.recovery(rung, `Headroom ${action}, because memory ran out.`);
  };
  let tile = chooseTile(upscaler, dialect, components.memory.budgetBytes());
  for (;;) {
    try {
      return await inTiles(upscaler, picture, tile, stage);
    } catch (thrown) {
      if (!isOutOfMemory(thrown)) throw thrown;
      const freed = await components.evictIdle();
      if (tried.length === 0 && freed.some((name) => !name.startsWith(`${upscaler.id} `))) {
        tell('free-memory', 'freed what was not in use');
        continue;
      }
      const smaller = nextTile(tile);
      if (smaller === null) throw exhausted(upscaler, tile, stage, tried, thrown);
      tile = smaller;
      tell('upscale-tiling', `upscales in tiles of ${tile} pixels`);
    }
  }
}

/** @throws HeadroomError `input` for a picture that would be too large to hold */
export function checkResult(width: number, height: number): void {
  if (width * height <= MOST_PIXELS) return;
  throw new HeadroomError(
    'input',
    `The picture would become ${width} × ${height} pixels large; Headroom makes pictures of up to ${MOST_PIXELS / 1e6} million pixels. Upscale less, or a smaller picture.`,
    { place: { field: 'scale' } },
  );
}

async function inTiles(upscaler: Upscaler, picture: Pixels, tileSize: number, stage: Stage): Promise<Pixels> {
  const { components, dialect } = stage.environment;
  const { id, fingerprint, scale, unshuffle } = upscaler;
  const even = evenPixels(picture, unshuffle);
  const units = { height: even.height / unshuffle, width: even.width / unshuffle };
  const tiles = tilesOf(units, tileSize / unshuffle, unshuffle, HALO);
  const canvas = new PixelCanvas(picture.width * scale, picture.height * scale);
  stage.progress('load', 0, `loading ${id}`);
  await breathe(stage);
  const source = {
    model: id,
    component: 'upscaler',
    version: `${fingerprint} ${dialect.id}`,
    build: () => upscaler.build(dialect),
  };
  // All windows are of one size.
  const { activationBytes } = upscaleNeed(upscaler, dialect, (tiles[0] as Tile).window);
  const lease = await components.lease(source, { activationBytes });
  try {
    for (const [index, tile] of tiles.entries()) {
      const which = tiles.length === 1 ? 'the picture' : `tile ${index + 1} of ${tiles.length}`;
      stage.progress('upscale', index / tiles.length, `upscaling ${which}`);
      await breathe(stage);
      const image = unshuffled(regionTensor(even, tile.window), unshuffle);
      const { upscaled } = await lease.run({ image }, `upscale ${which}`, image.dims.join(' × '));
      canvas.put(asFloat32(upscaled), { ...tile.window, scale }, tile.core);
    }
  } finally {
    lease.release();
  }
  return canvas.pixels;
}

function exhausted(upscaler: Upscaler, tile: number, stage: Stage, tried: readonly string[], cause: Error) {
  const side = tile + 2 * HALO;
  const { weightBytes, activationBytes } = upscaleNeed(upscaler, stage.environment.dialect, {
    height: side,
    width: side,
  });
  const attempts = tried.length > 0 ? `Headroom ${tried.join('; ')}.` : 'Nothing could be saved.';
  return new HeadroomError(
    'memory',
    `There is not enough memory to upscale with ${upscaler.id}. ${attempts} It should fit into ${inWords(weightBytes + activationBytes)}. Allow more memory.`,
    { cause },
  );
}
