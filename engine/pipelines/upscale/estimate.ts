import type { NodeEstimate } from '../../contract/estimate.ts';
import type { Upscaler } from '../../families/upscaler.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { chooseTile, HALO, LARGEST, SMALLEST, tileBytes, upscaleNeed } from './tile-size.ts';

/** What upscaling will need of the device's memory, whatever the picture's size: it is done in tiles. */
export function estimateUpscale(upscaler: Upscaler, dialect: Dialect, budgetBytes: number | null): NodeEstimate {
  const tile = chooseTile(upscaler, dialect, budgetBytes);
  const side = tile + 2 * HALO;
  return {
    stages: [upscaleNeed(upscaler, dialect, { height: side, width: side })],
    peakBytes: tileBytes(upscaler, dialect, tile),
    undegradedBytes: tileBytes(upscaler, dialect, LARGEST),
    leastBytes: tileBytes(upscaler, dialect, SMALLEST),
    savings: tile === LARGEST ? [] : [`upscales in tiles of ${tile} pixels`],
  };
}
