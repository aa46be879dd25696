import { useReactFlow } from '@xyflow/react';
import { type MouseEvent, type ReactElement, useState } from 'react';
import type { Point } from '../graph/document.ts';
import { ContextMenu } from '../ui/ContextMenu.tsx';
import type { MenuEntry } from '../ui/menu-items.tsx';
import { select, selection } from './canvas-store.ts';
import { canvasEntries, edgeEntries, nodeEntries } from './menu-entries.tsx';
import { isTextField } from './typing.ts';

/** The menu of the right button, for what is under it: a node, an edge, or the bare canvas. */
export function CanvasMenu({ children }: { children: ReactElement }) {
  const flow = useReactFlow();
  const [entries, setEntries] = useState<MenuEntry[]>([]);

  function prepare(event: MouseEvent) {
    // A field has the system's own menu, for its text.
    if (isTextField(event.target)) {
      event.stopPropagation();
      return;
    }
    const screen: Point = { x: event.clientX, y: event.clientY };
    setEntries(entriesAt(event.target as Element, { screen, canvas: flow.screenToFlowPosition(screen) }));
  }

  return (
    <ContextMenu entries={entries}>
      <div className="h-full" onContextMenuCapture={prepare}>
        {children}
      </div>
    </ContextMenu>
  );

  function entriesAt(target: Element, at: { screen: Point; canvas: Point }): MenuEntry[] {
    const nodeId = target.closest('[data-node-id]')?.getAttribute('data-node-id');
    const edgeId = target.closest('.react-flow__edge')?.getAttribute('data-id');
    const chosen = selection();
    if (nodeId) {
      if (!chosen.nodes.has(nodeId)) select({ nodes: new Set([nodeId]) });
      return nodeEntries(nodeId, selection().nodes.size);
    }
    if (edgeId) {
      if (!chosen.edges.has(edgeId)) select({ edges: new Set([edgeId]) });
      return edgeEntries(selection().edges.size);
    }
    return chosen.nodes.size > 1 && target.closest('.react-flow__nodesselection')
      ? nodeEntries(null, chosen.nodes.size)
      : canvasEntries(flow, at);
  }
}
