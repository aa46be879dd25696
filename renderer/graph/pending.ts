import { connectionProblem, type DescriptorLookup, type GraphView } from '../../engine/contract/connection.ts';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import { nodesAfter, nodesBefore } from './neighbours.ts';
import { edgeInto } from './view.ts';

export interface PortEnd {
  node: string;
  port: string;
}

/** A connection that a person is drawing: where it began. */
export interface PendingConnection extends PortEnd {
  side: 'output' | 'input';
}

/** The edge that a pending connection becomes at its other end. */
export function edgeBetween({ node, port, side }: PendingConnection, other: PortEnd): WorkflowEdge {
  const begun = { node, port };
  return side === 'output' ? { from: begun, to: other } : { from: other, to: begun };
}

/**
 * Judges every port that a pending connection could end at: a function that gives `connectionProblem` for one of them. The
 * search for loops, which is the costly part, is done once for all ports.
 */
export function pendingProblems(
  pending: PendingConnection,
  graph: GraphView,
  describe: DescriptorLookup,
): (other: PortEnd) => string | null {
  const backwards = pending.side === 'output';
  const others = backwards ? nodesBefore(pending.node, graph.edges) : nodesAfter(pending.node, graph.edges);
  const looping = new Set([pending.node, ...others]);
  // Without the edges on the loop's side no search finds a way back, so each check ends at once. Types are still followed
  // upstream: an output's upstream never lies downstream of the pending input unless it would make a loop.
  const edges = graph.edges.filter(({ from, to }) => (backwards ? looping.has(to.node) : !looping.has(from.node)));
  const reduced = { ...graph, edges };
  return (other) => {
    const isLoop = other.node !== pending.node && looping.has(other.node);
    return connectionProblem(edgeBetween(pending, other), isLoop ? graph : reduced, describe);
  };
}

/**
 * The edge to make when a pending connection is dropped on a node as a whole: to its first port that fits, free inputs before
 * taken ones. Where none fits, the reason of the first port on that side.
 */
export function edgeToNode(
  pending: PendingConnection,
  nodeId: string,
  graph: GraphView,
  describe: DescriptorLookup,
): { edge: WorkflowEdge } | { problem: string } {
  const descriptor = describe(graph.nodeTypes.get(nodeId) ?? '');
  const ports = (descriptor && portsFacing(pending, descriptor)) ?? [];
  const problemOf = pendingProblems(pending, graph, describe);
  const fitting = ports.filter((port) => problemOf({ node: nodeId, port }) === null);
  const port = fitting.find((name) => pending.side === 'input' || !edgeInto(graph.edges, nodeId, name)) ?? fitting[0];
  if (port !== undefined) return { edge: edgeBetween(pending, { node: nodeId, port }) };
  const [first] = ports;
  const missing = pending.side === 'output' ? 'takes no connections' : 'has nothing to connect to';
  const problem = first === undefined ? null : problemOf({ node: nodeId, port: first });
  return { problem: problem ?? `${descriptor?.title ?? 'this node'} ${missing}` };
}

/** Whether a new node of a type would have a port for a pending connection. */
export function fitsNewNode(
  pending: PendingConnection,
  descriptor: NodeDescriptor,
  graph: GraphView,
  describe: DescriptorLookup,
): boolean {
  const nodeId = 'new node';
  const nodeTypes = new Map([...graph.nodeTypes, [nodeId, descriptor.type]]);
  return 'edge' in edgeToNode(pending, nodeId, { ...graph, nodeTypes }, describe);
}

/** Names of a node's ports on the side where a pending connection can end. */
function portsFacing(pending: PendingConnection, { inputs, outputs }: NodeDescriptor): string[] {
  const ports = pending.side === 'output' ? inputs.filter((input) => input.connectable) : outputs;
  return ports.map((port) => port.name);
}
