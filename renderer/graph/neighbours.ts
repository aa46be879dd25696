import type { WorkflowEdge } from '../../engine/contract/workflow.ts';

/** All nodes that lead to a node, the nearest first. */
export function nodesBefore(id: string, edges: readonly WorkflowEdge[]): string[] {
  return walk(id, (node) => edges.flatMap(({ from, to }) => (to.node === node ? from.node : [])));
}

/** All nodes that a node leads to, the nearest first. */
export function nodesAfter(id: string, edges: readonly WorkflowEdge[]): string[] {
  return walk(id, (node) => edges.flatMap(({ from, to }) => (from.node === node ? to.node : [])));
}

function walk(start: string, next: (node: string) => string[]): string[] {
  const found = new Set([start]);
  // A set may grow while it is walked through: the walk goes on over what was added.
  for (const node of found) for (const neighbour of next(node)) found.add(neighbour);
  return [...found].slice(1);
}
