import { connectionProblem, type DescriptorLookup, type GraphView } from '../contract/connection.ts';
import type { ErrorPlace } from '../contract/errors.ts';
import type { InputDescriptor, NodeDescriptor } from '../contract/node.ts';
import { fieldProblem, isUnchosen } from '../contract/ports.ts';
import type { Workflow, WorkflowEdge, WorkflowNode } from '../contract/workflow.ts';
import { findLoops } from './cycles.ts';
import { neededNodes } from './needed.ts';
import { tableProblems } from './validate-table.ts';

/** Something that keeps a document from running, in words for the person. */
export interface WorkflowProblem {
  readonly message: string;
  readonly place: ErrorPlace;
}

/**
 * Everything that is wrong with a document, none of it only because of something else that is wrong. Nodes that no output
 * depends on may be unfinished: people keep them for later.
 */
export function validateWorkflow(workflow: Workflow, describe: DescriptorLookup): WorkflowProblem[] {
  const { edges } = workflow;
  const nodes = new Map(Object.entries(workflow.nodes));
  const loops = findLoops([...nodes.keys()], edges);
  const needed = neededNodes(workflow, describe);
  return [
    ...[...nodes].flatMap(([id, node]) => nodeProblems(id, node, edges, describe, needed.has(id))),
    ...edgeProblems(nodes, edges, loops, describe),
    ...loops.map(loopProblem),
    ...tableProblems(workflow, describe),
    ...(needed.size === 0 ? [{ message: nothingToRun, place: {} }] : []),
  ];
}

const nothingToRun = 'There is nothing to run: add a Save Image or Preview Image node.';

function nodeProblems(
  id: string,
  node: WorkflowNode,
  edges: readonly WorkflowEdge[],
  describe: DescriptorLookup,
  needed: boolean,
): WorkflowProblem[] {
  const descriptor = describe(node.type);
  if (!descriptor) {
    const message = `There is no node type "${node.type}" in this Headroom. A newer one may have it.`;
    return [{ message, place: { nodeId: id } }];
  }
  const at = (field: string, message: string) => ({ message, place: { nodeId: id, field } });
  const unknown = Object.keys(node.inputs)
    .filter((name) => !inputOf(descriptor, name))
    .map((name) => at(name, `${name} is not an input of ${descriptor.title}, which has ${inputNames(descriptor)}.`));
  const own = descriptor.inputs.flatMap((input) => {
    const connections = edges.filter(({ to }) => to.node === id && to.port === input.name).length;
    const value = Object.hasOwn(node.inputs, input.name) ? node.inputs[input.name] : undefined;
    const problem = inputProblem(input, value, connections, needed);
    return problem === null ? [] : [at(input.name, problem)];
  });
  return [...unknown, ...own];
}

function inputProblem(input: InputDescriptor, value: unknown, connections: number, needed: boolean): string | null {
  const { name, field, required } = input;
  if (connections > 1) return `${name} has ${connections} connections; an input takes one.`;
  if (value !== undefined) {
    if (!field) return `${name} takes a connection, not a value.`;
    const problem = fieldProblem(field, value);
    if (problem !== null) return `${name} must be ${problem}, got ${shown(value)}.`;
  }
  if (connections > 0 || !required || !needed) return null;
  if (!field) return `${name} is not connected.`;
  return isUnchosen(field, value ?? field.default) ? `${name}: no picture is chosen.` : null;
}

function edgeProblems(
  nodes: ReadonlyMap<string, WorkflowNode>,
  edges: readonly WorkflowEdge[],
  loops: readonly string[][],
  describe: DescriptorLookup,
): WorkflowProblem[] {
  const nodeTypes = new Map([...nodes].map(([id, { type }]) => [id, type]));
  const graph: GraphView = { nodeTypes, edges };
  return edges.flatMap((edge) => {
    const { from, to } = edge;
    const isInLoop = loops.some((loop) => loop.includes(from.node) && loop.includes(to.node));
    if (isInLoop || hasUnknownType(from.node, nodeTypes, describe) || hasUnknownType(to.node, nodeTypes, describe)) {
      return [];
    }
    const problem = connectionProblem(edge, graph, describe);
    if (problem === null) return [];
    const place = nodes.has(to.node)
      ? { nodeId: to.node, field: to.port }
      : { ...(nodes.has(from.node) ? { nodeId: from.node } : {}) };
    const message = `The connection from ${from.node}.${from.port} to ${to.node}.${to.port} does not fit: ${problem}.`;
    return [{ message, place }];
  });
}

/** A node that is there but of no known type: that is said of the node, not again of each of its connections. */
function hasUnknownType(id: string, nodeTypes: ReadonlyMap<string, string>, describe: DescriptorLookup): boolean {
  const type = nodeTypes.get(id);
  return type !== undefined && !describe(type);
}

function loopProblem(loop: readonly string[]): WorkflowProblem {
  const [first = ''] = loop;
  const message =
    loop.length === 1
      ? `${first} is connected to itself.`
      : `These nodes feed each other in a loop: ${loop.join(', ')}. Remove one of the connections between them.`;
  return { message, place: { nodeId: first } };
}

function inputOf(descriptor: NodeDescriptor, name: string): InputDescriptor | undefined {
  return descriptor.inputs.find((input) => input.name === name);
}

function inputNames({ inputs }: NodeDescriptor): string {
  return inputs.map(({ name }) => name).join(', ') || 'none';
}

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
