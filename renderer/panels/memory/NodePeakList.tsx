import { formatBytes, formatTime } from '../../format.ts';
import { Section } from '../../ui/Section.tsx';
import { useNodeTitle } from '../use-node-title.ts';
import { type NodePeak, useNodePeaks } from './node-peaks.ts';

/** The most that was in use while each node of the latest run worked; the numbers are those of the plot. */
export function NodePeakList() {
  const peaks = useNodePeaks((state) => state.peaks);
  if (peaks.length === 0) return null;
  return (
    <Section title="Peaks of the latest run">
      <ol aria-label="Peaks of the latest run" className="text-xs">
        {peaks.map((peak, index) => (
          <PeakRow key={peak.nodeId} number={index + 1} peak={peak} />
        ))}
      </ol>
    </Section>
  );
}

function PeakRow({ number, peak: { nodeId, bytes, time } }: { number: number; peak: NodePeak }) {
  const title = useNodeTitle(nodeId);
  return (
    <li className="flex h-6 items-center gap-2">
      <span
        aria-hidden
        className="grid size-4 shrink-0 place-items-center rounded-full border border-text text-2xs font-semibold"
      >
        {number}
      </span>
      <span className="min-w-0 flex-1 truncate" title={title}>
        {title}
      </span>
      <span className="text-faint numeric">{formatTime(time)}</span>
      <span className="w-16 text-right numeric">{formatBytes(bytes)}</span>
    </li>
  );
}
