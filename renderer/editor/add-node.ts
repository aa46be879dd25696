import type { NodeDescriptor } from '../../engine/contract/node.ts';
import type { FieldValue } from '../../engine/contract/ports.ts';
import type { GraphDocument, Point } from '../graph/document.ts';
import { addNode, connect } from '../graph/edits.ts';
import { freshNodeId } from '../graph/ids.ts';
import { edgeToNode, type PendingConnection } from '../graph/pending.ts';
import { GRID, NODE_WIDTH } from '../graph/size.ts';
import { viewOf } from '../graph/view.ts';
import { edit, useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { select } from './canvas-store.ts';

/** How far below a node's top its first port is: a dropped connection ends about there. */
const FIRST_PORT = 55;

/** Adds a node with some of its fields set, connects it where a connection was dropped, and selects it; one step to undo. */
export function addNodeAt(
  descriptor: NodeDescriptor,
  at: Point,
  pending: PendingConnection | null,
  inputs: Record<string, FieldValue> = {},
): void {
  const document = useGraph.getState();
  const id = freshNodeId(descriptor.type, (taken) => Object.hasOwn(document.nodes, taken));
  const position = freePlace(document, pending ? besidePointer(at, pending) : at);
  edit((draft) => {
    addNode(draft, id, { type: descriptor.type, inputs, position });
    const result = pending && edgeToNode(pending, id, viewOf(draft), describeNode);
    if (result && 'edge' in result) connect(draft, result.edge);
  });
  select({ nodes: new Set([id]) });
}

/** A node that follows stands to the right of the pointer, one that comes before to its left. */
function besidePointer({ x, y }: Point, { side }: PendingConnection): Point {
  return { x: side === 'output' ? x : x - NODE_WIDTH, y: y - FIRST_PORT };
}

/** On the grid, and never exactly on top of another node, where one of the two would be hidden. */
function freePlace({ nodes }: GraphDocument, { x, y }: Point): Point {
  const place = { x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID };
  const isTaken = () => Object.values(nodes).some(({ position }) => position.x === place.x && position.y === place.y);
  while (isTaken()) {
    place.x += 3 * GRID;
    place.y += 3 * GRID;
  }
  return place;
}
