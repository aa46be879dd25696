import { create } from 'zustand';
import type { EventPayload } from '../../../electron/ipc/contract.ts';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { inUse } from './holdings.ts';

/** The most that was in use while a node of the latest run was at work. */
export interface NodePeak {
  nodeId: string;
  bytes: number;
  /** Of the sample that showed it, in milliseconds since the epoch. */
  time: number;
}

/** A sample tells of the quarter of a second before it. */
const SAMPLE_SPAN_MS = 250;

interface Period {
  nodeId: string;
  from: number;
  /** Infinite while the node works. */
  to: number;
}

interface NodePeaks {
  jobId: string | null;
  /** In the order in which the nodes first worked; a node that was done between two samples has none. */
  peaks: readonly NodePeak[];
}

const none: NodePeaks = { jobId: null, peaks: [] };

export const useNodePeaks = create<NodePeaks>()(() => none);

/** When which node worked, as far as samples of that time may still come. */
let periods: Period[] = [];

/** Follows a run: which node works. */
export function takeNodeEvent({ jobId, event }: EventPayload<'run:event'>, now = Date.now()): void {
  if (event.type === 'start') {
    periods = [];
    useNodePeaks.setState({ jobId, peaks: [] });
  }
  if (jobId !== useNodePeaks.getState().jobId) return;
  if (event.type === 'node' && event.state === 'running') {
    periods.push({ nodeId: event.nodeId, from: now, to: Number.POSITIVE_INFINITY });
  } else if (event.type === 'node' || event.type === 'done') {
    for (const period of periods) {
      if (event.type === 'done' || period.nodeId === event.nodeId) period.to = Math.min(period.to, now);
    }
  }
}

/** Counts a new sample for the node that worked when it began: the latest one to start, since a table waits for its rows. */
export function takePeak(sample: DeviceSample): void {
  const began = sample.time - SAMPLE_SPAN_MS;
  periods = periods.filter(({ to }) => to >= began);
  const nodeId = periods.findLast(({ from, to }) => from <= began && began <= to)?.nodeId;
  const bytes = inUse(sample);
  if (nodeId === undefined || bytes === null) return;
  const { peaks } = useNodePeaks.getState();
  const known = peaks.find((peak) => peak.nodeId === nodeId);
  if (known && known.bytes >= bytes) return;
  const peak = { nodeId, bytes, time: sample.time };
  useNodePeaks.setState({ peaks: known ? peaks.map((other) => (other === known ? peak : other)) : [...peaks, peak] });
}

export function clearNodePeaks(): void {
  periods = [];
  useNodePeaks.setState(none, true);
}
