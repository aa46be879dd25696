import type { LedgerEntry } from '../../../engine/contract/memory.ts';
import { formatBytes, formatName } from '../../format.ts';
import { useEngine } from '../../stores/engine.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Section } from '../../ui/Section.tsx';

/** What the engine says that it holds, told whenever it begins or ends a piece of work. */
export function EngineAccount() {
  const memory = useEngine((state) => state.memory);
  return (
    <Section
      title="Engine"
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
  const ordered = entries.toSorted((a, b) => Number(b.resident) - Number(a.resident) || b.weightBytes - a.weightBytes);
  return (
    <table className="w-full table-fixed text-xs">
      <thead className="sr-only">
        <tr>
          <th>Component</th>
          <th>State</th>
          <th>Weights</th>
        </tr>
      </thead>
      <tbody>
        {ordered.map((entry) => (
          <tr key={`${entry.model}/${entry.component}`} className="h-6">
            <td className="truncate pr-2" title={`${entry.model} · ${formatName(entry.component)}`}>
              {formatName(entry.component)} <span className="text-faint">{entry.model}</span>
            </td>
            <td className="w-20">
              <Badge tone={entry.resident ? 'success' : 'neutral'}>{entry.resident ? 'In memory' : 'On disk'}</Badge>
            </td>
            <td className={`w-20 text-right numeric ${entry.resident ? '' : 'text-faint'}`}>
              {formatBytes(entry.weightBytes)}
            </td>
          </tr>
        ))}
        <tr className="h-7 border-t border-line text-soft">
          <td colSpan={2}>Weights in memory</td>
          <td className="text-right font-medium text-text numeric">{formatBytes(weightBytes)}</td>
        </tr>
      </tbody>
    </table>
  );
}
