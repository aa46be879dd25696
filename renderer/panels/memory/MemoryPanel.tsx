import { MemoryStick } from 'lucide-react';
import { useState } from 'react';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { useMonitor } from '../../stores/monitor.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Section } from '../../ui/Section.tsx';
import { SegmentedControl } from '../../ui/SegmentedControl.tsx';
import { ArenaFigures } from './ArenaFigures.tsx';
import { DeviceSummary } from './DeviceSummary.tsx';
import { EngineAccount } from './EngineAccount.tsx';
import { type MemoryKind, memoryKind } from './holdings.ts';
import { MemoryPlot } from './MemoryPlot.tsx';
import { NodePeakList } from './NodePeakList.tsx';
import { PlotLegend } from './PlotLegend.tsx';
import { Programs } from './Programs.tsx';
import type { PlotScope } from './plot-data.ts';

const spans = [
  { value: '60', title: '1 min' },
  { value: '300', title: '5 min' },
  { value: '600', title: '10 min' },
] as const;

const scopes = [
  { value: 'all', title: 'All' },
  { value: 'engine', title: 'Engine' },
] as const;

/** The device's memory as main measures it, and the engine's own account of what it holds: neither derived from the other. */
export function MemoryPanel() {
  const latest = useMonitor((state) => state.figures);
  if (!latest) {
    return (
      <EmptyState icon={<MemoryStick />} title="Waiting for the first reading">
        Memory is read four times a second.
      </EmptyState>
    );
  }
  const kind = memoryKind(latest);
  return (
    <div className="h-full overflow-y-auto">
      <DeviceSummary kind={kind} sample={latest} />
      <ArenaFigures engine={latest.engine} />
      <History kind={kind} latest={latest} />
      <NodePeakList />
      <Programs kind={kind} sample={latest} />
      <EngineAccount />
    </div>
  );
}

function History({ kind, latest }: { kind: MemoryKind; latest: DeviceSample }) {
  const [span, setSpan] = useState<string>('60');
  const [scope, setScope] = useState<PlotScope>('all');
  const [pointed, setPointed] = useState<DeviceSample | null>(null);
  return (
    <Section
      title={pointed && pointed.time !== latest.time ? secondsAgo(latest.time - pointed.time) : 'Now'}
      aside={
        <div className="flex gap-1.5">
          <SegmentedControl label="What is plotted" value={scope} onChange={setScope} options={scopes} />
          <SegmentedControl label="Time span" value={span} onChange={setSpan} options={spans} />
        </div>
      }
    >
      <MemoryPlot kind={kind} scope={scope} spanSeconds={Number(span)} onPoint={setPointed} />
      <div className="mt-2">
        <PlotLegend kind={kind} sample={pointed ?? latest} />
      </div>
    </Section>
  );
}

function secondsAgo(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;
}
