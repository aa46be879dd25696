import { useEffect } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { loadAppInfo } from './api/connect-stores.ts';
import { EditorPane } from './editor/EditorPane.tsx';
import { SidePanel } from './panels/SidePanel.tsx';
import { StatusBar } from './panels/StatusBar.tsx';
import { RecommendedDialog } from './recommended/RecommendedDialog.tsx';
import { SettingsDialog } from './settings/SettingsDialog.tsx';
import { useGraph } from './stores/graph.ts';
import { useUi } from './stores/ui.ts';
import { useGrid } from './table/grid-store.ts';
import { TablePanel } from './table/TablePanel.tsx';
import { EngineAlert } from './toolbar/EngineAlert.tsx';
import { Toolbar } from './toolbar/Toolbar.tsx';
import { UnusedCardAlert } from './toolbar/UnusedCardAlert.tsx';
import { Fence } from './ui/Fence.tsx';
import { Toaster } from './ui/Toaster.tsx';
import { TooltipProvider } from './ui/Tooltip.tsx';
import { PictureViewer } from './viewer/PictureViewer.tsx';

/** The window: toolbar, canvas beside the side panel, status bar; viewer, dialogs and toasts float above. */
export function App() {
  const theme = useUi((state) => state.theme);

  useEffect(() => void loadAppInfo(), []);

  return (
    <TooltipProvider>
      <div className="flex h-full flex-col">
        <Toolbar />
        <EngineAlert />
        <UnusedCardAlert />
        <Workspace />
        <StatusBar />
      </div>
      <PictureViewer />
      <SettingsDialog />
      <RecommendedDialog />
      <Toaster theme={theme} />
    </TooltipProvider>
  );
}

/** The canvas and the side panel, with the width between them kept from one start to the next. */
function Workspace() {
  const sidePanelOpen = useUi((state) => state.sidePanelOpen);
  const layout = useDefaultLayout({ id: 'workspace', panelIds: sidePanelOpen ? ['editor', 'side'] : ['editor'] });
  return (
    <Group {...layout} className="min-h-0 flex-1">
      <Panel id="editor" minSize="320px">
        <EditorAndTable />
      </Panel>
      {sidePanelOpen && (
        <>
          <Separator
            aria-label="Width of the side panel"
            className="w-px bg-line outline-none transition-colors focus-visible:bg-focus data-[separator=active]:bg-focus data-[separator=hover]:bg-focus"
          />
          <Panel id="side" defaultSize="360px" minSize="300px" maxSize="60%" groupResizeBehavior="preserve-pixel-size">
            <SidePanel />
          </Panel>
        </>
      )}
    </Group>
  );
}

/** The canvas, and below it the table that is open. */
function EditorAndTable() {
  const open = useGrid((state) => state.nodeId);
  // A node that was deleted takes its grid with it; undo brings both back.
  const table = useGraph(({ nodes }) => (open !== null && nodes[open] ? open : null));
  const layout = useDefaultLayout({ id: 'editor', panelIds: table === null ? ['canvas'] : ['canvas', 'table'] });
  return (
    <Group {...layout} orientation="vertical" className="h-full">
      <Panel id="canvas" minSize="120px">
        <Fence name="The editor">
          <EditorPane />
        </Fence>
      </Panel>
      {table !== null && (
        <>
          <Separator
            aria-label="Height of the table"
            className="h-px bg-line outline-none transition-colors focus-visible:bg-focus data-[separator=active]:bg-focus data-[separator=hover]:bg-focus"
          />
          <Panel id="table" defaultSize="45%" minSize="140px">
            <Fence name="The table">
              <TablePanel nodeId={table} />
            </Fence>
          </Panel>
        </>
      )}
    </Group>
  );
}
