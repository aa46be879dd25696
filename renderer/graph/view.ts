import type { GraphView } from '../../engine/contract/connection.ts';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import type { GraphDocument } from './document.ts';

type Parts = Pick<GraphDocument, 'nodes' | 'edges'>;

/** What connection rules look at, of a document in the editor. */
export function viewOf({ nodes, edges }: Parts): GraphView {
  return { nodeTypes: new Map(Object.entries(nodes).map(([id, node]) => [id, node.type])), edges };
}

/** One edge's name, unique in a document: an edge is nothing but its two ends. */
export function edgeId({ from, to }: WorkflowEdge): string {
  return `${from.node}.${from.port}->${to.node}.${to.port}`;
}

/** The edge that ends at an input, if there is one. */
export function edgeInto(edges: readonly WorkflowEdge[], node: string, port: string): WorkflowEdge | undefined {
  return edges.find(({ to }) => to.node === node && to.port === port);
}
