import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { formatName, sentence } from '../../format.ts';
import { type Holdings, holdings, type MemoryKind, usage } from './holdings.ts';

/** Everything that is used, or the engine's part of it alone, as large as it can be drawn. */
export type PlotScope = 'all' | 'engine';

/** One area of the plot: who holds the memory, and the token of its colour. */
export interface PlotLayer {
  title: string;
  color: `--plot-${string}`;
  bytes: (held: Holdings) => number;
}

/** So many components have a colour of their own; the colours of further ones repeat. */
const WEIGHT_COLOURS = 6;

/** Components in the order in which they were first shown: a colour stays with its component. */
const coloured: string[] = [];

function colourNumber(component: string): number {
  if (!coloured.includes(component)) coloured.push(component);
  return (coloured.indexOf(component) % WEIGHT_COLOURS) + 1;
}

/**
 * The areas of a plot, lowest first: each component that was resident in one of the samples, then what else Headroom holds,
 * then the others.
 */
export function plotLayers(kind: MemoryKind, samples: readonly DeviceSample[], scope: PlotScope = 'all'): PlotLayer[] {
  const components: { model: string; component: string }[] = [];
  for (const { engine } of samples) {
    if (engine?.where !== kind) continue;
    for (const { model, component: held } of engine.weights) {
      const component = networkOf(held);
      const isKnown = components.some((known) => known.model === model && known.component === component);
      if (!isKnown) components.push({ model, component });
    }
  }
  const severalModels = new Set(components.map(({ model }) => model)).size > 1;
  const weights = components.map(({ model, component }): PlotLayer => {
    const name = formatName(component);
    return {
      title: severalModels ? `${model} ${name}` : sentence(name),
      color: `--plot-weights-${colourNumber(`${model} ${component}`)}`,
      bytes: ({ weights }) =>
        weights.reduce((sum, entry) => {
          return entry.model === model && networkOf(entry.component) === component ? sum + entry.bytes : sum;
        }, 0),
    };
  });
  const itself = kind === 'gpu' ? { ...ITSELF, title: 'Headroom itself' } : ITSELF;
  const others = kind === 'gpu' ? [{ ...OTHER, title: 'Other programs, driver' }] : [APP, OTHER];
  return [...weights, ...RUN_LAYERS, itself, ...(scope === 'all' ? others : [])];
}

/** Parts of a network that are held one by one, such as those of a VAE that works in tiles, are one layer. */
function networkOf(component: string): string {
  return component.split('.', 1)[0] ?? component;
}

const RUN_LAYERS: readonly PlotLayer[] = [
  { title: 'Activations', color: '--plot-activations', bytes: ({ activations }) => activations },
  { title: 'Cache', color: '--plot-cache', bytes: ({ cache }) => cache },
];
const ITSELF: PlotLayer = { title: 'Engine itself', color: '--plot-itself', bytes: ({ itself }) => itself };
const APP: PlotLayer = { title: 'App', color: '--plot-app', bytes: ({ app }) => app };
const OTHER: PlotLayer = { title: 'Other programs', color: '--plot-other', bytes: ({ other }) => other };

export interface PlotData {
  layers: readonly PlotLayer[];
  /** Seconds before the newest sample: 0 or less, rising. */
  seconds: number[];
  /** The samples behind each point. */
  samples: readonly DeviceSample[];
  /** For each layer, from the lowest: its upper edge in bytes, the sum of it and of all below it. */
  edges: number[][];
}

/**
 * Where the plot's axis ends, in bytes. A card is shown to its top, since what is left on it is what matters. Elsewhere the
 * axis ends above the highest edge: of the computer's memory in eighths of the whole, of the engine's part in round figures.
 */
export function axisEnd(kind: MemoryKind, scope: PlotScope, { samples, edges }: PlotData): number {
  const newest = samples.at(-1);
  if (!newest) return 1;
  const { totalBytes } = usage(newest, kind);
  if (kind === 'gpu' && scope === 'all') return totalBytes;
  const highest = (edges.at(-1) ?? []).reduce((most, bytes) => Math.max(most, bytes), 0) * 1.15;
  const unit = scope === 'all' ? totalBytes / 8 : 2 ** Math.max(0, Math.floor(Math.log2(highest)) - 1);
  return Math.min(totalBytes, Math.ceil(highest / unit) * unit) || 1;
}

/** The last `spanSeconds` of samples as stacked areas. */
export function plotData(
  all: readonly DeviceSample[],
  kind: MemoryKind,
  spanSeconds: number,
  scope: PlotScope = 'all',
): PlotData {
  const newest = all.at(-1)?.time ?? 0;
  const first = all.findIndex((sample) => sample.time >= newest - spanSeconds * 1000);
  const samples = first < 0 ? [] : all.slice(first);
  const layers = plotLayers(kind, samples, scope);
  const edges = layers.map((): number[] => []);
  for (const sample of samples) {
    const held = knownHoldings(sample, kind);
    let edge = 0;
    for (const [index, layer] of layers.entries()) {
      edge += layer.bytes(held);
      edges[index]?.push(edge);
    }
  }
  return { layers, seconds: samples.map((sample) => (sample.time - newest) / 1000), samples, edges };
}

/** Almost all samples of a plot were in the one before. */
const known = { gpu: new WeakMap<DeviceSample, Holdings>(), system: new WeakMap<DeviceSample, Holdings>() };

function knownHoldings(sample: DeviceSample, kind: MemoryKind): Holdings {
  const before = known[kind].get(sample);
  if (before) return before;
  const held = holdings(sample, kind);
  known[kind].set(sample, held);
  return held;
}
