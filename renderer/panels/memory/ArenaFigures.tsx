import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { formatBytes } from '../../format.ts';
import { useEngine } from '../../stores/engine.ts';
import { Section } from '../../ui/Section.tsx';
import { Facts } from './Facts.tsx';

/** What onnxruntime's arena holds at this moment; nothing where there is none that can be read. */
export function ArenaFigures({ engine }: { engine: DeviceSample['engine'] }) {
  const limit = useEngine((state) => state.memory?.arena?.limitBytes);
  if (!engine?.arena) return null;
  const { inUseBytes, reservedBytes, peakBytes } = engine.arena;
  return (
    <Section title="The engine's arena">
      <Facts
        facts={[
          { title: 'In use', value: formatBytes(inUseBytes) },
          { title: 'Reserved', value: formatBytes(reservedBytes) },
          { title: 'Peak', value: formatBytes(peakBytes) },
          { title: 'Limit', value: limit ? formatBytes(limit) : 'none' },
        ]}
      />
    </Section>
  );
}
