import type { ReactFlowInstance } from '@xyflow/react';
import { selection } from './canvas-store.ts';
import type { FlowEdge, FlowNode } from './flow-graph.ts';

/** Never closer than full size: three nodes need not fill the screen. */
const MAX_ZOOM = 1;
const PADDING = 0.12;
/** From here on the words on a card can be read. */
const READABLE_ZOOM = 0.55;

export type Flow = Pick<ReactFlowInstance<FlowNode, FlowEdge>, 'fitView'>;

/** Brings the selected nodes into view, or all of them where fewer than two are selected. */
export function fitCanvas(flow: Flow): void {
  const { nodes } = selection();
  const chosen = nodes.size > 1 ? [...nodes].map((id) => ({ id })) : undefined;
  void flow.fitView({ nodes: chosen, maxZoom: MAX_ZOOM, padding: PADDING, duration: 200 });
}

/** Brings one node into view; the view stays where it is if the whole node can be read there. */
export function showNode(flow: Flow & Pick<ReactFlowInstance<FlowNode, FlowEdge>, 'getZoom'>, id: string): void {
  const card = document.querySelector(`[data-node-id="${CSS.escape(id)}"]`)?.getBoundingClientRect();
  const pane = document.querySelector('.react-flow')?.getBoundingClientRect();
  const isWhole =
    card &&
    pane &&
    card.top >= pane.top &&
    card.bottom <= pane.bottom &&
    card.left >= pane.left &&
    card.right <= pane.right;
  if (isWhole && flow.getZoom() >= READABLE_ZOOM) return;
  void flow.fitView({ nodes: [{ id }], maxZoom: MAX_ZOOM, padding: PADDING, duration: 200 });
}

/** The whole document at once, without a movement: it has just been opened. */
export function fitDocument(flow: Flow): void {
  void flow.fitView({ maxZoom: MAX_ZOOM, padding: PADDING });
}
