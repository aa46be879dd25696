import type { StageEstimate } from '../../contract/estimate.ts';
import type { Upscaler } from '../../families/upscaler.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { regionBytes } from '../../memory/device-memory.ts';
import { activationPeak } from '../../onnx/estimate/activation-peak.ts';
import type { OnnxModel } from '../../onnx/graph-builder.ts';
import type { Size } from '../tiled/tiles.ts';

/** Pixels around a tile that are read for it: further away, hardly anything of a pixel is left. */
export const HALO = 16;
/** Sides of tiles in pixels. More than the first gains no speed, and nothing is heard while one is drawn. */
const SIDES = [256, 128, 64, 32] as const;

const graphs = new WeakMap<Upscaler, Map<string, OnnxModel>>();

/** What the network needs for a window of that size in pixels, beside the weights what a run's values need at most. */
export function upscaleNeed(upscaler: Upscaler, dialect: Dialect, { height, width }: Size): StageEstimate {
  const known = graphs.get(upscaler) ?? new Map<string, OnnxModel>();
  graphs.set(upscaler, known);
  const graph = known.get(dialect.id) ?? upscaler.build(dialect);
  known.set(dialect.id, graph);
  const dimensions = { batch: 1, height: height / upscaler.unshuffle, width: width / upscaler.unshuffle };
  return {
    stage: 'upscale',
    component: 'upscaler',
    weightBytes: graph.weightBytes,
    activationBytes: activationPeak(graph, dimensions).bytes,
  };
}

/** What a run with tiles of that side needs at its worst moment. */
export function tileBytes(upscaler: Upscaler, dialect: Dialect, side: number): number {
  const window = side + 2 * HALO;
  const { weightBytes, activationBytes } = upscaleNeed(upscaler, dialect, { height: window, width: window });
  return weightBytes + regionBytes(activationBytes);
}

/** The largest tile that is expected to fit; where none is, the smallest. */
export function chooseTile(upscaler: Upscaler, dialect: Dialect, budgetBytes: number | null): number {
  const fits = (side: number) => budgetBytes === null || tileBytes(upscaler, dialect, side) <= budgetBytes;
  return SIDES.find(fits) ?? SMALLEST;
}

export const LARGEST = SIDES[0];
export const SMALLEST = SIDES[SIDES.length - 1] as number;

/** The next smaller tile, or null after the smallest. */
export function nextTile(side: number): number | null {
  return SIDES.find((candidate) => candidate < side) ?? null;
}
