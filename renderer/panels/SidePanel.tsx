import { type SidePanel as PanelName, SIDE_PANELS, showSidePanel, useUi } from '../stores/ui.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Fence } from '../ui/Fence.tsx';
import { Tabs } from '../ui/Tabs.tsx';

const titles: Record<PanelName, string> = {
  memory: 'Memory',
  queue: 'Queue',
  results: 'Results',
  models: 'Models',
  log: 'Log',
};

export function SidePanel() {
  const chosen = useUi((state) => state.sidePanel);
  const tabs = SIDE_PANELS.map((name) => ({
    value: name,
    title: titles[name],
    content: (
      <Fence name={titles[name]}>
        <EmptyState title={titles[name]} />
      </Fence>
    ),
  }));
  return (
    <aside aria-label="Side panel" className="h-full bg-surface">
      <Tabs tabs={tabs} value={chosen} onChange={(name) => showSidePanel(name as PanelName)} label="Side panel" />
    </aside>
  );
}
