import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { formatBytes } from '../../format.ts';
import { holdings, type MemoryKind, usage } from './holdings.ts';
import { plotLayers } from './plot-data.ts';

/** The plot's colours with the bytes of one sample: the one under the pointer, else the newest. */
export function PlotLegend({ kind, sample }: { kind: MemoryKind; sample: DeviceSample }) {
  const { usedBytes, totalBytes } = usage(sample, kind);
  const held = holdings(sample, kind);
  return (
    <ul aria-label="Who holds it" className="grid grid-cols-2 gap-x-4 text-xs">
      {plotLayers(kind, [sample]).map(({ title, color, bytes }) => (
        <LegendRow key={title} title={title} color={`var(${color})`} bytes={bytes(held)} />
      ))}
      <LegendRow title="Free" color="var(--line-strong)" bytes={Math.max(0, totalBytes - usedBytes)} />
    </ul>
  );
}

function LegendRow({ title, color, bytes }: { title: string; color: string; bytes: number }) {
  return (
    <li className="flex h-5 min-w-0 items-center gap-1.5">
      <span aria-hidden className="size-2 shrink-0 rounded-sm" style={{ background: color }} />
      <span className="min-w-0 flex-1 truncate text-soft" title={title}>
        {title}
      </span>
      <span className="numeric">{formatBytes(bytes)}</span>
    </li>
  );
}
