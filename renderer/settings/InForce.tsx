import type { MemorySettings } from '../../engine/contract/protocol.ts';
import { formatBytes } from '../format.ts';

/** What the engine works under right now, in the words of those who look such things up. */
export function InForce({ settings }: { settings: MemorySettings | null }) {
  if (!settings) return <p className="text-xs text-faint">The engine tells when it is ready.</p>;
  return (
    <div className="space-y-2">
      <Rows label="Memory settings in force" rows={memoryRows(settings)} absent="none" />
      <Rows
        label="Environment variables"
        rows={settings.environment.map(({ name, value }) => [name, value])}
        absent="not set"
      />
      <p className="text-xs text-faint">Environment variables are read when Headroom starts: set them before that.</p>
    </div>
  );
}

type Row = readonly [name: string, value: string | null];

function memoryRows({ device, deviceBytes, limitBytes, keptFreeBytes, arena, regionFactor }: MemorySettings): Row[] {
  const bytes = (value: number | null) => (value === null ? null : formatBytes(value));
  return [
    ['Device', device],
    ['Memory of the device', bytes(deviceBytes) ?? 'not known'],
    ['Kept free', bytes(keptFreeBytes)],
    ...(arena
      ? ([
          ['Arena limit (max_mem)', bytes(limitBytes)],
          ['arena_extend_strategy', arena.extendStrategy],
          ['initial_chunk_size_bytes', bytes(arena.initialChunkBytes)],
          ['max_dead_bytes_per_chunk', bytes(arena.maxDeadBytes)],
          ['Region for a run, of its peak', `${regionFactor} ×`],
        ] as const)
      : ([['Arena', 'cannot be controlled on this device']] as const)),
  ];
}

/** @param absent what stands for a value that there is none of */
function Rows({ label, rows, absent }: { label: string; rows: readonly Row[]; absent: string }) {
  return (
    <dl aria-label={label} className="divide-y divide-line overflow-hidden rounded-md border border-line text-xs">
      {rows.map(([name, value]) => (
        <div key={name} className="flex min-h-7 items-center justify-between gap-4 bg-field px-2.5 py-1">
          <dt className="shrink-0 text-soft">{name}</dt>
          <dd className="min-w-0 text-right wrap-anywhere numeric selectable">
            {value ?? <span className="text-faint">{absent}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
