import { MemoryStick } from 'lucide-react';
import { useState } from 'react';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { useMonitor } from '../../stores/monitor.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Section } from '../../ui/Section.tsx';
import { SegmentedControl } from '../../ui/SegmentedControl.tsx';
import { DeviceSummary } from './DeviceSummary.tsx';
import { EngineAccount } from './EngineAccount.tsx';
import { GpuProcesses } from './GpuProcesses.tsx';
import { MemoryPlot } from './MemoryPlot.tsx';
import { PlotLegend } from './PlotLegend.tsx';
import { plotKind } from './plot-data.ts';

const spans = [
  { value: '60', title: '1 min' },
  { value: '300', title: '5 min' },
  { value: '600', title: '10 min' },
] as const;

/** The device's memory as main measures it, and the engine's own account of what it holds: neither derived from the other. */
export function MemoryPanel() {
  const latest = useMonitor((state) => state.latest);
  if (!latest) {
    return (
      <EmptyState icon={<MemoryStick />} title="Waiting for the first reading">
        Memory is read four times a second.
      </EmptyState>
    );
  }
  return (
    <div className="h-full overflow-y-auto">
      <DeviceSummary sample={latest} />
      <History latest={latest} />
      {latest.gpu && <GpuProcesses processes={latest.gpu.processes} />}
      <EngineAccount />
    </div>
  );
}

function History({ latest }: { latest: DeviceSample }) {
  const [span, setSpan] = useState<string>('300');
  const [pointed, setPointed] = useState<DeviceSample | null>(null);
  const kind = plotKind(latest);
  return (
    <Section
      title={pointed && pointed.time !== latest.time ? secondsAgo(latest.time - pointed.time) : 'Now'}
      aside={<SegmentedControl label="Time span" value={span} onChange={setSpan} options={spans} />}
    >
      <MemoryPlot kind={kind} spanSeconds={Number(span)} onPoint={setPointed} />
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
