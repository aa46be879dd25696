import type { DescriptorLookup } from '../../engine/contract/connection.ts';
import type { WorkflowEdge, WorkflowNode } from '../../engine/contract/workflow.ts';
import type { GraphNode, Point } from './document.ts';
import { estimatedHeight, GRID, NODE_WIDTH } from './size.ts';

const COLUMN = NODE_WIDTH + 100;
const GAP = 40;

type Nodes = Readonly<Record<string, WorkflowNode>>;

/**
 * Gives a place to every node that has none. They are laid out left to right, each one column after the last of those that
 * feed it; where some nodes have places already, the others go below them.
 */
export function placeNodes(
  nodes: Nodes,
  edges: readonly WorkflowEdge[],
  describe: DescriptorLookup,
): Record<string, GraphNode> {
  const homeless = Object.keys(nodes).filter((id) => !nodes[id]?.position);
  const height = (id: string) => estimatedHeight(describe(nodes[id]?.type ?? ''));
  const placed = Object.entries(nodes).filter(([, node]) => node.position);
  const top = placed.reduce((bottom, [id, node]) => Math.max(bottom, (node.position?.y ?? 0) + height(id) + GAP), 0);
  const left = placed.reduce(
    (least, [, node]) => Math.min(least, node.position?.x ?? least),
    placed.length ? Infinity : 0,
  );
  const places = layout(homeless, edges, height);
  return Object.fromEntries(
    Object.entries(nodes).map(([id, node]) => {
      const place = places.get(id) ?? { x: 0, y: 0 };
      return [id, { ...node, position: node.position ?? { x: left + place.x, y: top + place.y } }];
    }),
  );
}

/** Places for some nodes, the top left one at the origin. Columns follow the edges; loops do no harm. */
export function layout(
  ids: readonly string[],
  edges: readonly WorkflowEdge[],
  height: (id: string) => number,
): Map<string, Point> {
  const depths = depthsOf(ids, edges);
  const columns: string[][] = [];
  for (const id of ids) {
    const depth = depths.get(id) ?? 0;
    columns[depth] = [...(columns[depth] ?? []), id];
  }
  const places = new Map<string, Point>();
  for (const [depth, column = []] of columns.entries()) {
    // A node stands at the height of what feeds it, so that edges run level instead of crossing.
    const wish = new Map(column.map((id) => [id, meanY(id, edges, places)]));
    let y = 0;
    for (const id of column.toSorted((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0))) {
      places.set(id, { x: depth * COLUMN, y });
      y += Math.ceil((height(id) + GAP) / GRID) * GRID;
    }
  }
  return places;
}

/** The longest way to each node from one that nothing feeds, in edges. */
function depthsOf(ids: readonly string[], edges: readonly WorkflowEdge[]): Map<string, number> {
  const depths = new Map(ids.map((id) => [id, 0]));
  // As many rounds as there are nodes settle every graph without a loop, and end for one with a loop.
  for (let round = 0, moved = true; moved && round < ids.length; round += 1) {
    moved = false;
    for (const { from, to } of edges) {
      const source = depths.get(from.node);
      const target = depths.get(to.node);
      if (source === undefined || target === undefined || target > source || source + 1 >= ids.length) continue;
      depths.set(to.node, source + 1);
      moved = true;
    }
  }
  return depths;
}

function meanY(id: string, edges: readonly WorkflowEdge[], places: ReadonlyMap<string, Point>): number {
  const feeding = edges.flatMap(({ from, to }) => (to.node === id ? (places.get(from.node) ?? []) : []));
  return feeding.reduce((sum, place) => sum + place.y / feeding.length, 0);
}
