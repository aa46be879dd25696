import type { Edge, Node } from '@xyflow/react';
import { type DescriptorLookup, type GraphView, outputType } from '../../engine/contract/connection.ts';
import type { PortType } from '../../engine/contract/ports.ts';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import type { GraphDocument } from '../graph/document.ts';
import { NODE_WIDTH } from '../graph/size.ts';
import { titleOf } from '../graph/values.ts';
import { edgeId, viewOf } from '../graph/view.ts';

/** A node as React Flow sees it: where it stands. What is in it the card reads from the document by its id. */
export type FlowNode = Node<Record<string, never>, 'card'>;
export type FlowEdge = Edge<{ type: PortType }, 'typed'>;

const noData: Record<string, never> = {};

/**
 * Brings React Flow's nodes in step with the document. A node that did not change stays the same object, and the array
 * stays the same if none did: what is drawn again is what changed. Selection and measured sizes are kept.
 */
export function flowNodes(
  before: readonly FlowNode[],
  { nodes }: GraphDocument,
  describe: DescriptorLookup,
): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const after = Object.entries(nodes).map(([id, node]): FlowNode => {
    const old = known.get(id);
    const ariaLabel = titleOf(node, describe(node.type));
    const { x, y } = node.position;
    if (old && old.position.x === x && old.position.y === y && old.ariaLabel === ariaLabel) return old;
    return { ...(old ?? newNode(id)), position: { x, y }, ariaLabel };
  });
  return isSameList(before, after) ? (before as FlowNode[]) : after;
}

function newNode(id: string): Omit<FlowNode, 'position'> {
  // Tests and people's scripts find a node by its id in the document.
  const domAttributes = { 'data-node-id': id } as FlowNode['domAttributes'];
  return { id, type: 'card', data: noData, width: NODE_WIDTH, domAttributes };
}

/** The same for edges, each with the type that it carries. */
export function flowEdges(
  before: readonly FlowEdge[],
  document: GraphDocument,
  describe: DescriptorLookup,
): FlowEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const view = viewOf(document);
  const name = (id: string) => titleOf(document.nodes[id] ?? { type: id }, describe(document.nodes[id]?.type ?? ''));
  const after = document.edges.map((edge): FlowEdge => {
    const id = edgeId(edge);
    const old = known.get(id);
    const type = carriedType(edge, view, describe);
    const ariaLabel = `${name(edge.from.node)} to ${name(edge.to.node)}`;
    if (old && old.data?.type === type && old.ariaLabel === ariaLabel) return old;
    return { ...(old ?? newEdge(id, edge)), data: { type }, ariaLabel };
  });
  return isSameList(before, after) ? (before as FlowEdge[]) : after;
}

function newEdge(id: string, { from, to }: WorkflowEdge): FlowEdge {
  // Nodes are groups, for whoever reads the page; edges are lines between them.
  return {
    id,
    type: 'typed',
    ariaRole: 'img',
    source: from.node,
    sourceHandle: from.port,
    target: to.node,
    targetHandle: to.port,
  };
}

/** The type that an edge carries; `any` where the engine does not know its source. */
function carriedType({ from }: WorkflowEdge, view: GraphView, describe: DescriptorLookup): PortType {
  const output = describe(view.nodeTypes.get(from.node) ?? '')?.outputs.find((port) => port.name === from.port);
  return output ? outputType(from.node, output, view, describe) : 'any';
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
