import type { GraphDocument, Point } from '../graph/document.ts';
import { deleteParts, insert, moveNodes } from '../graph/edits.ts';
import { cornerOf, fragmentOf, renamed } from '../graph/fragment.ts';
import { layout } from '../graph/layout.ts';
import { GRID } from '../graph/size.ts';
import { edit, useGraph } from '../stores/graph.ts';
import { select, selection, useCanvas } from './canvas-store.ts';

/** How far a copy stands from its original. */
const ASIDE: Point = { x: 4 * GRID, y: 4 * GRID };

type Fragment = Pick<GraphDocument, 'nodes' | 'edges'>;

export function deleteSelected(): void {
  const { nodes, edges } = selection();
  if (nodes.size + edges.size > 0) edit((draft) => deleteParts(draft, nodes, edges));
}

export function selectAll(): void {
  select({ nodes: new Set(useCanvas.getState().nodes.map((node) => node.id)) });
}

export function selectedFragment(): Fragment {
  return fragmentOf(useGraph.getState(), selection().nodes);
}

export function duplicateSelected(): void {
  const fragment = selectedFragment();
  if (Object.keys(fragment.nodes).length > 0) insertFragment(fragment, ASIDE);
}

/** Puts a fragment in with its top left corner at a point, or beside where it came from; never exactly over itself. */
export function pasteFragment(fragment: Fragment, at: Point | null): void {
  const corner = cornerOf(fragment.nodes);
  const distance = at ? { x: snapped(at.x - corner.x), y: snapped(at.y - corner.y) } : { ...ASIDE };
  const taken = new Set(Object.values(useGraph.getState().nodes).map(({ position }) => `${position.x} ${position.y}`));
  const lands = ({ x, y }: Point) => `${x + distance.x} ${y + distance.y}`;
  while (Object.values(fragment.nodes).some(({ position }) => taken.has(lands(position)))) {
    distance.x += ASIDE.x;
    distance.y += ASIDE.y;
  }
  insertFragment(fragment, distance);
}

function insertFragment(fragment: Fragment, distance: Point): void {
  const { nodes } = useGraph.getState();
  const copy = renamed(fragment, (id) => Object.hasOwn(nodes, id), distance);
  edit((draft) => insert(draft, copy));
  select({ nodes: new Set(Object.keys(copy.nodes)) });
}

/** Lays the selected nodes out anew, or all of them where fewer than two are selected. Their top left corner stays. */
export function arrangeNodes(): void {
  const document = useGraph.getState();
  const selected = selection().nodes;
  const ids = selected.size > 1 ? [...selected] : Object.keys(document.nodes);
  const heights = new Map(useCanvas.getState().nodes.map((node) => [node.id, node.measured?.height ?? 0]));
  const corner = cornerOf(Object.fromEntries(Object.entries(document.nodes).filter(([id]) => ids.includes(id))));
  const places = layout(ids, document.edges, (id) => heights.get(id) ?? 0);
  const moved = [...places].map(([id, { x, y }]) => [id, { x: x + corner.x, y: y + corner.y }] as const);
  edit((draft) => moveNodes(draft, new Map(moved)));
}

function snapped(value: number): number {
  return Math.round(value / GRID) * GRID;
}
