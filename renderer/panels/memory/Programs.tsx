import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { formatBytes } from '../../format.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Section } from '../../ui/Section.tsx';
import { holdings, type MemoryKind } from './holdings.ts';

interface Program {
  name: string;
  bytes: number;
  own: boolean;
  /** null for several processes together. */
  pid: number | null;
}

/** Who is on the card, or in the computer's memory, the largest first: what to close when memory is short. */
export function Programs({ kind, sample }: { kind: MemoryKind; sample: DeviceSample }) {
  const title = kind === 'gpu' ? 'Programs on the GPU' : 'Programs in memory';
  const programs = (kind === 'gpu' && sample.gpu ? sample.gpu.processes : inMemory(sample)).toSorted(
    (a, b) => b.bytes - a.bytes,
  );
  return (
    <Section title={title}>
      {programs.length === 0 && <p className="text-xs text-faint">The driver names none.</p>}
      <ul aria-label={title} className="text-xs">
        {programs.map(({ pid, name, bytes, own }) => (
          <li key={pid ?? name} className="flex h-6 items-center gap-2">
            <span className="min-w-0 truncate" title={name}>
              {name}
            </span>
            {own && <Badge tone="accent">Headroom</Badge>}
            {pid !== null && <span className="text-faint numeric">{pid}</span>}
            <span className="ml-auto shrink-0 numeric">{formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Without a driver that names them: Headroom's processes, and all others together. */
function inMemory(sample: DeviceSample): Program[] {
  const { engine, app } = sample.processes;
  return [
    { name: 'Engine', bytes: engine, own: true, pid: null },
    { name: 'App', bytes: app, own: true, pid: null },
    { name: 'Other programs', bytes: holdings(sample, 'system').other, own: false, pid: null },
  ];
}
