import type { ReactNode } from 'react';
import { openJobs, useQueue } from '../stores/queue.ts';
import { type SidePanel as PanelName, SIDE_PANELS, showSidePanel, useUi } from '../stores/ui.ts';
import { Badge } from '../ui/Badge.tsx';
import { Fence } from '../ui/Fence.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import { LogPanel } from './log/LogPanel.tsx';
import { MemoryPanel } from './memory/MemoryPanel.tsx';
import { ModelsPanel } from './models/ModelsPanel.tsx';
import { QueuePanel } from './queue/QueuePanel.tsx';
import { ResultsPanel } from './results/ResultsPanel.tsx';

const panels: Record<PanelName, { name: string; title: ReactNode; content: ReactNode }> = {
  memory: { name: 'Memory', title: 'Memory', content: <MemoryPanel /> },
  queue: { name: 'The queue', title: <QueueTitle />, content: <QueuePanel /> },
  results: { name: 'Results', title: 'Results', content: <ResultsPanel /> },
  models: { name: 'Models', title: 'Models', content: <ModelsPanel /> },
  log: { name: 'The log', title: 'Log', content: <LogPanel /> },
};

const tabs = SIDE_PANELS.map((value) => {
  const { name, title, content } = panels[value];
  return { value, title, content: <Fence name={name}>{content}</Fence> };
});

export function SidePanel() {
  const chosen = useUi((state) => state.sidePanel);
  return (
    <aside aria-label="Side panel" className="h-full bg-surface">
      <Tabs tabs={tabs} value={chosen} onChange={(value) => showSidePanel(value as PanelName)} label="Side panel" />
    </aside>
  );
}

function QueueTitle() {
  const open = useQueue((state) => openJobs(state.jobs));
  return (
    <>
      Queue
      {open > 0 && <Badge tone="accent">{open}</Badge>}
    </>
  );
}
