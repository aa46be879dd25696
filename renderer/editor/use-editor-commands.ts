import { useReactFlow } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';
import { blockCommand, registerCommand } from '../commands.ts';
import type { Point } from '../graph/document.ts';
import { redo, undo, useGraph } from '../stores/graph.ts';
import { select } from './canvas-store.ts';
import { showNode } from './fit-canvas.ts';
import type { FlowEdge, FlowNode } from './flow-graph.ts';
import { setAddMenu } from './interaction-store.ts';
import { isTextField } from './typing.ts';

/** Hands the editor's commands to the toolbar, the menu and the shortcuts. */
export function useEditorCommands(pane: RefObject<HTMLElement | null>, pointer: RefObject<Point | null>): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();

  useEffect(() => {
    function openAddMenu() {
      const screen = pointer.current ?? middleOf(pane.current);
      setAddMenu({ screen, canvas: flow.screenToFlowPosition(screen), pending: null });
    }
    function bringUp({ nodeId }: { nodeId: string }) {
      select({ nodes: new Set([nodeId]) });
      showNode(flow, nodeId);
    }
    const stops = [
      // In a field that is typed into, the field's own history comes first.
      registerCommand('undo', () => (isTextField(document.activeElement) ? document.execCommand('undo') : undo())),
      registerCommand('redo', () => (isTextField(document.activeElement) ? document.execCommand('redo') : redo())),
      registerCommand('add-node', openAddMenu),
      registerCommand('show-node', bringUp),
      useGraph.temporal.subscribe(blockWithoutHistory),
    ];
    blockWithoutHistory();
    return () => {
      for (const stop of stops) stop();
    };
  }, [flow, pane, pointer]);
}

function blockWithoutHistory(): void {
  const { pastStates, futureStates } = useGraph.temporal.getState();
  blockCommand('undo', pastStates.length === 0 ? 'Nothing to undo' : null);
  blockCommand('redo', futureStates.length === 0 ? 'Nothing to redo' : null);
}

function middleOf(pane: HTMLElement | null): Point {
  const { left = 0, top = 0, width = 0, height = 0 } = pane?.getBoundingClientRect() ?? {};
  return { x: left + width / 2 - 160, y: top + height / 4 };
}
