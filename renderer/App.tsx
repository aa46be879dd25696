import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { EditorPane } from './editor/EditorPane.tsx';
import { SidePanel } from './panels/SidePanel.tsx';
import { StatusBar } from './panels/StatusBar.tsx';
import { useUi } from './stores/ui.ts';
import { Toolbar } from './toolbar/Toolbar.tsx';
import { Fence } from './ui/Fence.tsx';
import { Toaster } from './ui/Toaster.tsx';
import { TooltipProvider } from './ui/Tooltip.tsx';

/** The window: toolbar, canvas beside the side panel, status bar; dialogs and toasts float above. */
export function App() {
  const theme = useUi((state) => state.theme);
  const sidePanelOpen = useUi((state) => state.sidePanelOpen);
  const layout = useDefaultLayout({ id: 'window', panelIds: sidePanelOpen ? ['editor', 'side'] : ['editor'] });
  return (
    <TooltipProvider>
      <div className="flex h-full flex-col">
        <Toolbar />
        <Group {...layout} className="min-h-0 flex-1">
          <Panel id="editor" minSize="320px">
            <Fence name="The editor">
              <EditorPane />
            </Fence>
          </Panel>
          {sidePanelOpen && (
            <>
              <Separator className="w-px bg-line outline-none transition-colors data-[separator=active]:bg-focus data-[separator=hover]:bg-focus focus-visible:bg-focus" />
              <Panel
                id="side"
                defaultSize="360px"
                minSize="300px"
                maxSize="60%"
                groupResizeBehavior="preserve-pixel-size"
              >
                <SidePanel />
              </Panel>
            </>
          )}
        </Group>
        <StatusBar />
      </div>
      <Toaster theme={theme} />
    </TooltipProvider>
  );
}
