import { create } from 'zustand';
import type { DeviceSample } from '../../engine/contract/memory.ts';

/** Ten minutes at 4 Hz: the longest span that the plot shows. */
export const SAMPLE_LIMIT = 10 * 60 * 4;

interface MonitorState {
  latest: DeviceSample | null;
  /**
   * All samples, oldest first. The array is the same one for ever and grows in place, because copying 2400 samples four times
   * a second is waste: read it when `latest` changes.
   */
  samples: DeviceSample[];
}

export const useMonitor = create<MonitorState>()(() => ({ latest: null, samples: [] }));

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
  useMonitor.setState({ latest: samples.at(-1) ?? null });
}

export function clearSamples(): void {
  useMonitor.getState().samples.length = 0;
  useMonitor.setState({ latest: null });
}
