import type { DeviceSample } from '../../../engine/contract/memory.ts';

/** One area of the plot: who holds the memory, and the token of its colour. */
export interface PlotLayer {
  title: string;
  color: '--plot-engine' | '--plot-app' | '--plot-other';
  bytes: (sample: DeviceSample) => number;
}

const own = (sample: DeviceSample) =>
  (sample.gpu?.processes ?? []).filter((process) => process.own).reduce((sum, process) => sum + process.bytes, 0);

const gpuLayers: readonly PlotLayer[] = [
  { title: 'Headroom', color: '--plot-engine', bytes: own },
  {
    title: 'Other programs',
    color: '--plot-other',
    bytes: (sample) => Math.max(0, (sample.gpu?.usedBytes ?? 0) - own(sample)),
  },
];

const systemLayers: readonly PlotLayer[] = [
  { title: 'Engine', color: '--plot-engine', bytes: (sample) => sample.processes.engine },
  { title: 'App', color: '--plot-app', bytes: (sample) => sample.processes.app },
  {
    title: 'Other programs',
    color: '--plot-other',
    bytes: ({ system, processes }) => Math.max(0, system.usedBytes - processes.engine - processes.app),
  },
];

/** The areas of a plot, lowest first: of the card where there is one, else of the computer's memory. */
export function plotLayers(kind: 'gpu' | 'system'): readonly PlotLayer[] {
  return kind === 'gpu' ? gpuLayers : systemLayers;
}

/** What the plot of a sample is about. */
export function plotKind(sample: DeviceSample): 'gpu' | 'system' {
  return sample.gpu ? 'gpu' : 'system';
}

/** Used and total bytes of what the plot is about. */
export function usage(sample: DeviceSample): { usedBytes: number; totalBytes: number } {
  return sample.gpu ?? sample.system;
}

export interface PlotData {
  /** Seconds before the newest sample: 0 or less, rising. */
  seconds: number[];
  /** The samples behind each point. */
  samples: readonly DeviceSample[];
  /** For each layer, from the lowest: its upper edge in bytes, the sum of it and of all below it. */
  edges: number[][];
}

/**
 * Where the plot's axis ends, in bytes. A card is shown to its top, since what is left on it is what matters. Of the computer's
 * memory Headroom mostly uses a small part, so there the axis ends above the highest edge, in eighths of the whole.
 */
export function axisEnd(kind: 'gpu' | 'system', { samples, edges }: PlotData): number {
  const newest = samples.at(-1);
  if (!newest) return 1;
  const { totalBytes } = usage(newest);
  if (kind === 'gpu') return totalBytes;
  const highest = (edges.at(-1) ?? []).reduce((most, bytes) => Math.max(most, bytes), 0);
  const eighth = totalBytes / 8;
  return Math.min(totalBytes, Math.ceil((highest * 1.15) / eighth) * eighth) || 1;
}

/** The last `spanSeconds` of samples as stacked areas. */
export function plotData(all: readonly DeviceSample[], layers: readonly PlotLayer[], spanSeconds: number): PlotData {
  const newest = all.at(-1)?.time ?? 0;
  const first = all.findIndex((sample) => sample.time >= newest - spanSeconds * 1000);
  const samples = first < 0 ? [] : all.slice(first);
  const edges: number[][] = [];
  for (const layer of layers) {
    const below = edges.at(-1);
    edges.push(samples.map((sample, index) => (below?.[index] ?? 0) + layer.bytes(sample)));
  }
  return { seconds: samples.map((sample) => (sample.time - newest) / 1000), samples, edges };
}
