import type { FieldValue } from '../../engine/contract/ports.ts';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import type { GraphDocument, GraphNode, Point } from './document.ts';
import { edgeId } from './view.ts';

/** What a person can do to a document. Each function changes the draft that immer hands to it. */

export function addNode(draft: GraphDocument, id: string, node: GraphNode): void {
  draft.nodes[id] = node;
}

/** Draws an edge; one that ended at the same input gives way to it. */
export function connect(draft: GraphDocument, edge: WorkflowEdge): void {
  draft.edges = draft.edges.filter(({ to }) => to.node !== edge.to.node || to.port !== edge.to.port);
  draft.edges.push(edge);
}

/** Moves an end of an edge: the old edge goes, the new one comes in its place. */
export function reconnect(draft: GraphDocument, oldEdgeId: string, edge: WorkflowEdge): void {
  draft.edges = draft.edges.filter((other) => edgeId(other) !== oldEdgeId);
  connect(draft, edge);
}

/** Deletes nodes with their edges, and edges by their ids. */
export function deleteParts(draft: GraphDocument, nodeIds: ReadonlySet<string>, edgeIds: ReadonlySet<string>): void {
  for (const id of nodeIds) delete draft.nodes[id];
  const goes = (edge: WorkflowEdge) =>
    nodeIds.has(edge.from.node) || nodeIds.has(edge.to.node) || edgeIds.has(edgeId(edge));
  if (draft.edges.some(goes)) draft.edges = draft.edges.filter((edge) => !goes(edge));
}

export function moveNodes(draft: GraphDocument, positions: ReadonlyMap<string, Point>): void {
  for (const [id, { x, y }] of positions) {
    const node = draft.nodes[id];
    if (node && (node.position.x !== x || node.position.y !== y)) node.position = { x, y };
  }
}

export function setField(draft: GraphDocument, nodeId: string, field: string, value: FieldValue): void {
  const node = draft.nodes[nodeId];
  if (node) node.inputs[field] = value;
}

/** Names a node; an empty name gives it back its type's title. */
export function renameNode(draft: GraphDocument, nodeId: string, title: string): void {
  const node = draft.nodes[nodeId];
  if (!node) return;
  if (title.trim() === '') delete node.title;
  else node.title = title.trim().slice(0, 200);
}

/** Puts another document's nodes and edges in; its ids must be free (`renamed` of `fragment.ts`). */
export function insert(draft: GraphDocument, fragment: Pick<GraphDocument, 'nodes' | 'edges'>): void {
  Object.assign(draft.nodes, fragment.nodes);
  draft.edges.push(...fragment.edges);
}
