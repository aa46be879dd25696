import { applyEdgeChanges, applyNodeChanges, type EdgeChange, type NodeChange } from '@xyflow/react';
import { create } from 'zustand';
import { moveNodes } from '../graph/edits.ts';
import { useEngine } from '../stores/engine.ts';
import { edit, useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { type FlowEdge, type FlowNode, flowEdges, flowNodes } from './flow-graph.ts';

interface CanvasState {
  nodes: FlowNode[];
  edges: FlowEdge[];
}

/** What the canvas shows: the document's nodes and edges with selection, measured sizes and places during a drag. */
export const useCanvas = create<CanvasState>()(() => ({ nodes: [], edges: [] }));

/** Keeps the canvas in step with the document and the node types, until the returned function is called. */
export function connectCanvas(): () => void {
  function follow() {
    const document = useGraph.getState();
    const { nodes, edges } = useCanvas.getState();
    useCanvas.setState({
      nodes: flowNodes(nodes, document, describeNode),
      edges: flowEdges(edges, document, describeNode),
    });
  }
  const stops = [
    useGraph.subscribe((now, before) => {
      if (now.nodes !== before.nodes || now.edges !== before.edges) follow();
    }),
    useEngine.subscribe((now, before) => {
      if (now.nodes !== before.nodes) follow();
    }),
  ];
  follow();
  return () => {
    for (const stop of stops) stop();
  };
}

/** Takes in what React Flow tells of nodes. Only a move that has come to its end reaches the document. */
export function changeNodes(changes: NodeChange<FlowNode>[]): void {
  const before = useCanvas.getState().nodes;
  // What is deleted or added comes from the document.
  const own = changes.filter(({ type }) => type === 'select' || type === 'dimensions' || type === 'position');
  useCanvas.setState({ nodes: applyNodeChanges(own, before) });
  const moves = own.flatMap((change) =>
    change.type === 'position' && change.position && !change.dragging ? [[change.id, change.position] as const] : [],
  );
  if (moves.length === 0) return;
  const dragged = before.some((node) => node.dragging);
  // Each press of an arrow key is a move of its own to React Flow, and one long move to the person.
  edit((draft) => moveNodes(draft, new Map(moves)), dragged ? null : 'move with the arrow keys');
}

export function changeEdges(changes: EdgeChange<FlowEdge>[]): void {
  const own = changes.filter(({ type }) => type === 'select');
  useCanvas.setState({ edges: applyEdgeChanges(own, useCanvas.getState().edges) });
}

export interface Selection {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

export function selection(): Selection {
  const { nodes, edges } = useCanvas.getState();
  const chosen = (items: readonly (FlowNode | FlowEdge)[]) =>
    new Set(items.filter((item) => item.selected).map((item) => item.id));
  return { nodes: chosen(nodes), edges: chosen(edges) };
}

/** Selects these and nothing else. */
export function select({ nodes, edges }: Partial<Selection>): void {
  useCanvas.setState((canvas) => ({
    nodes: marked(canvas.nodes, nodes ?? new Set()),
    edges: marked(canvas.edges, edges ?? new Set()),
  }));
}

function marked<Item extends FlowNode | FlowEdge>(items: Item[], ids: ReadonlySet<string>): Item[] {
  return items.map((item) =>
    Boolean(item.selected) === ids.has(item.id) ? item : { ...item, selected: ids.has(item.id) },
  );
}
