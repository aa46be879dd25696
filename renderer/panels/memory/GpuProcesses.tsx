import type { GpuSample } from '../../../engine/contract/memory.ts';
import { formatBytes } from '../../format.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Section } from '../../ui/Section.tsx';

/** Every program on the card, the largest first: what to close when memory is short. */
export function GpuProcesses({ processes }: { processes: GpuSample['processes'] }) {
  const byBytes = processes.toSorted((a, b) => b.bytes - a.bytes);
  return (
    <Section title="Programs on the GPU">
      {byBytes.length === 0 && <p className="text-xs text-faint">The driver names none.</p>}
      <ul aria-label="Programs on the GPU" className="text-xs">
        {byBytes.map(({ pid, name, bytes, own }) => (
          <li key={pid} className="flex h-6 items-center gap-2">
            <span className="min-w-0 truncate" title={name}>
              {name}
            </span>
            {own && <Badge tone="accent">Headroom</Badge>}
            <span className="text-faint numeric">{pid}</span>
            <span className="ml-auto shrink-0 numeric">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
