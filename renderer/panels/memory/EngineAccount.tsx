import type { LedgerEntry } from '../../../engine/contract/memory.ts';
import { formatBytes, formatName, formatTime, sentence } from '../../format.ts';
import { useEngine } from '../../stores/engine.ts';
import { Badge } from '../../ui/Badge.tsx';
import { cn } from '../../ui/cn.ts';
import { Section } from '../../ui/Section.tsx';
import { useNow } from '../../ui/use-now.ts';

/** What the engine says that it holds, told whenever it begins or ends a piece of work. */
export function EngineAccount() {
  const memory = useEngine((state) => state.memory);
  return (
    <Section
      title="Held by the engine"
      aside={
        memory && <span className="text-xs text-soft numeric">{formatBytes(memory.processBytes)} in its process</span>
      }
    >
      {memory ? (
        <Ledger entries={memory.ledger} weightBytes={memory.weightBytes} />
      ) : (
        <p className="text-xs text-faint">The engine tells what it holds once it has worked.</p>
      )}
    </Section>
  );
}

function Ledger({ entries, weightBytes }: { entries: readonly LedgerEntry[]; weightBytes: number }) {
  if (entries.length === 0) return <p className="text-xs text-faint">No model has been loaded.</p>;
  const models = [...new Set(entries.map((entry) => entry.model))];
  return (
    <>
      {models.map((model) => (
        <ModelComponents key={model} model={model} components={entries.filter((entry) => entry.model === model)} />
      ))}
      <p className="mt-1 flex h-7 items-center justify-between border-t border-line text-xs text-soft">
        Weights in memory
        <span className="font-medium text-text numeric">{formatBytes(weightBytes)}</span>
      </p>
    </>
  );
}

function ModelComponents({ model, components }: { model: string; components: readonly LedgerEntry[] }) {
  const ordered = components.toSorted((a, b) => b.weightBytes - a.weightBytes);
  const now = useNow(5000);
  return (
    <>
      <h4 className="truncate text-2xs text-faint" title={model}>
        {model}
      </h4>
      <ul aria-label={`Components of ${model}`} className="text-xs">
        {ordered.map(({ component, resident, residentBytes, weightBytes, lastUsed }) => (
          <li key={component} className="flex h-6 items-center gap-2">
            <span className="min-w-0 flex-1 truncate">{sentence(formatName(component))}</span>
            <span className="text-faint numeric" title={`Last used at ${formatTime(lastUsed)}`}>
              {agoWords(now - lastUsed)}
            </span>
            <Badge tone={resident ? 'success' : 'neutral'}>{whereabouts(resident, residentBytes, weightBytes)}</Badge>
            <span className={cn('w-16 text-right numeric', !resident && 'text-faint')}>
              {formatBytes(resident ? residentBytes : weightBytes)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Of a network in parts, some wait on the disk for their turn. */
function whereabouts(resident: boolean, residentBytes: number, weightBytes: number): string {
  if (!resident) return 'On disk';
  return residentBytes < weightBytes ? `In memory, of ${formatBytes(weightBytes)}` : 'In memory';
}

/** How long ago, as roughly as it matters. */
function agoWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
