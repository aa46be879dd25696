import { create } from 'zustand';
import type { DeviceSample } from '../../engine/contract/memory.ts';

/** Ten minutes at 4 Hz: the longest span that the plot shows. */
export const SAMPLE_LIMIT = 10 * 60 * 4;

/** Figures that change faster than this cannot be read, and each change costs a frame. */
const FIGURES_MS = 1000;

interface MonitorState {
  latest: DeviceSample | null;
  /** The newest of each second, for figures. */
  figures: DeviceSample | null;
  /**
   * All samples, oldest first. The array is the same one for ever and grows in place, because copying 2400 samples four times
   * a second is waste: read it when `latest` changes.
   */
  samples: DeviceSample[];
}

export const useMonitor = create<MonitorState>()(() => ({ latest: null, figures: null, samples: [] }));

/** Takes samples in, in any order with those that are there; of two of the same time the first stays. */
export function addSamples(added: readonly DeviceSample[]): void {
  const { samples } = useMonitor.getState();
  const last = samples.at(-1)?.time ?? 0;
  const inOrder = added.every((sample, index) => sample.time > (added[index - 1]?.time ?? last));
  samples.push(...added);
  if (!inOrder) {
    const byTime = new Map(samples.toReversed().map((sample) => [sample.time, sample]));
    samples.splice(0, samples.length, ...[...byTime.values()].sort((a, b) => a.time - b.time));
  }
  if (samples.length > SAMPLE_LIMIT) samples.splice(0, samples.length - SAMPLE_LIMIT);
  const latest = samples.at(-1) ?? null;
  useMonitor.setState(({ figures }) => ({
    latest,
    figures: latest && figures && latest.time - figures.time < FIGURES_MS ? figures : latest,
  }));
}

export function clearSamples(): void {
  useMonitor.getState().samples.length = 0;
  useMonitor.setState({ latest: null, figures: null });
}
