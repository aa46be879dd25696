import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import type { MouseEvent, RefObject } from 'react';
import { GRID } from '../graph/size.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { CanvasControls } from './CanvasControls.tsx';
import { ConnectionHint } from './ConnectionHint.tsx';
import { ConnectionLine } from './ConnectionLine.tsx';
import { changeEdges, changeNodes, useCanvas } from './canvas-store.ts';
import { categoryColour } from './category-colour.ts';
import { EmptyHint } from './EmptyHint.tsx';
import type { FlowEdge, FlowNode } from './flow-graph.ts';
import { setAddMenu } from './interaction-store.ts';
import { NodeCard } from './NodeCard.tsx';
import { PortTip } from './PortTip.tsx';
import { TypedEdge } from './TypedEdge.tsx';
import { useCanvasClipboard } from './use-canvas-clipboard.ts';
import { useCanvasKeys } from './use-canvas-keys.ts';
import { useConnecting } from './use-connecting.ts';
import { useEditorCommands } from './use-editor-commands.ts';
import { useFitOnOpen } from './use-fit-on-open.ts';
import { usePointer } from './use-pointer.ts';

const nodeTypes = { card: NodeCard };
const edgeTypes = { typed: TypedEdge };
const grid: [number, number] = [GRID, GRID];

/** The graph itself. `pane` is the element that holds it. */
export function Canvas({ pane }: { pane: RefObject<HTMLDivElement | null> }) {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const nodes = useCanvas((state) => state.nodes);
  const edges = useCanvas((state) => state.edges);
  const connecting = useConnecting();
  const isFar = useStore(({ transform }) => transform[2] < FAR_ZOOM);
  const pointer = usePointer(pane);
  useEditorCommands(pane, pointer);
  useCanvasKeys(pane);
  useCanvasClipboard(pointer);
  useFitOnOpen();

  function addOnBareCanvas({ target, clientX, clientY }: MouseEvent) {
    if (!(target instanceof Element) || !target.classList.contains('react-flow__pane')) return;
    const screen = { x: clientX, y: clientY };
    setAddMenu({ screen, canvas: flow.screenToFlowPosition(screen), pending: null });
  }

  return (
    <ReactFlow<FlowNode, FlowEdge>
      {...connecting}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={changeNodes}
      onEdgesChange={changeEdges}
      onDoubleClick={addOnBareCanvas}
      connectionLineComponent={ConnectionLine}
      connectionMode={ConnectionMode.Strict}
      connectionRadius={24}
      connectOnClick={false}
      snapToGrid
      snapGrid={grid}
      minZoom={MIN_ZOOM}
      maxZoom={2.5}
      selectionMode={SelectionMode.Partial}
      panOnDrag={panButtons}
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      onlyRenderVisibleElements
      elevateNodesOnSelect
      proOptions={noAttribution}
      aria-label="Workflow"
      data-far={isFar || undefined}
    >
      <Background variant={BackgroundVariant.Dots} gap={2 * GRID} size={1.5} />
      <MiniMap<FlowNode> pannable zoomable nodeColor={miniMapColour} nodeBorderRadius={12} style={miniMapSize} />
      <CanvasControls />
      <EmptyHint />
      <ConnectionHint />
      <PortTip pane={pane} />
    </ReactFlow>
  );
}

/** Far enough that several hundred nodes are in sight together: what does not fit would not be shown at all. */
const MIN_ZOOM = 0.05;
/** From here on out no word on a card can be read: hundreds of them are drawn as mere blocks, so that panning stays fluent. */
const FAR_ZOOM = 0.3;
/** Left and middle button; the right one opens the menu. */
const panButtons = [0, 1];
const miniMapSize = { width: 150, height: 100 };
/** React Flow is MIT licensed; its licence is in the app's list of licences. */
const noAttribution = { hideAttribution: true };

function miniMapColour({ id }: FlowNode): string {
  const colour = categoryColour(describeNode(useGraph.getState().nodes[id]?.type ?? '')?.category);
  return `color-mix(in oklab, ${colour} 65%, var(--surface))`;
}
