import type { GraphDocument, GraphNode, Point } from './document.ts';
import { firstFree } from './ids.ts';

type Parts = Pick<GraphDocument, 'nodes' | 'edges'>;

/** Some of a document's nodes with the edges between them: what copying takes along. */
export function fragmentOf({ nodes, edges }: Parts, ids: ReadonlySet<string>): Parts {
  return {
    nodes: Object.fromEntries(Object.entries(nodes).filter(([id]) => ids.has(id))),
    edges: edges.filter(({ from, to }) => ids.has(from.node) && ids.has(to.node)),
  };
}

/** The same nodes and edges under ids that are free, moved by a distance. */
export function renamed(fragment: Parts, isTaken: (id: string) => boolean, distance: Point): Parts {
  const ids = new Map<string, string>();
  const used = new Set<string>();
  for (const id of Object.keys(fragment.nodes)) {
    const free = firstFree(id, (candidate) => isTaken(candidate) || used.has(candidate));
    ids.set(id, free);
    used.add(free);
  }
  const idOf = (id: string) => ids.get(id) ?? id;
  return {
    nodes: Object.fromEntries(Object.entries(fragment.nodes).map(([id, node]) => [idOf(id), moved(node, distance)])),
    edges: fragment.edges.map(({ from, to }) => ({
      from: { ...from, node: idOf(from.node) },
      to: { ...to, node: idOf(to.node) },
    })),
  };
}

/** The top left corner of some nodes; the origin for none. */
export function cornerOf(nodes: Readonly<Record<string, GraphNode>>): Point {
  const places = Object.values(nodes).map((node) => node.position);
  if (places.length === 0) return { x: 0, y: 0 };
  return { x: Math.min(...places.map((place) => place.x)), y: Math.min(...places.map((place) => place.y)) };
}

function moved(node: GraphNode, { x, y }: Point): GraphNode {
  return { ...node, inputs: { ...node.inputs }, position: { x: node.position.x + x, y: node.position.y + y } };
}
