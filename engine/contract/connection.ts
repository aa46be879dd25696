import type { InputDescriptor, NodeDescriptor, OutputDescriptor } from './node.ts';
import type { PortType } from './ports.ts';
import type { WorkflowEdge } from './workflow.ts';

/** The part of a document that connection rules look at: nodes' types by id, and the edges there are. */
export interface GraphView {
  nodeTypes: ReadonlyMap<string, string>;
  edges: readonly WorkflowEdge[];
}

export type DescriptorLookup = (type: string) => NodeDescriptor | undefined;

/**
 * Why an edge may not be drawn, in words for the person, or null where it may. The same rules serve the editor while a
 * person drags and the engine when it validates a document. An edge that is in `graph` already is not held against itself,
 * and one that would replace another at the same input is fine: the caller removes the old one.
 */
export function connectionProblem(edge: WorkflowEdge, graph: GraphView, describe: DescriptorLookup): string | null {
  const { from, to } = edge;
  const source = descriptorOf(from.node, graph, describe);
  const target = descriptorOf(to.node, graph, describe);
  if (!source) return `there is no node "${from.node}"`;
  if (!target) return `there is no node "${to.node}"`;
  const output = source.outputs.find((port) => port.name === from.port);
  const input = target.inputs.find((port) => port.name === to.port);
  if (!output) return `${source.title} has no output "${from.port}"`;
  if (!input) return `${target.title} has no input "${to.port}"`;
  if (!input.connectable) return `${target.title}: ${input.title} is set on the node and takes no connection`;
  if (from.node === to.node) return 'a node cannot feed itself';
  if (reaches(to.node, from.node, graph)) return 'this would make a loop';
  const given = outputType(from.node, output, graph, describe);
  return typesMatch(given, input)
    ? null
    : `${source.title} gives ${article(given)}, but ${target.title}: ${input.title} takes ${article(input.type)}`;
}

/** The type that an output carries: `any` outputs take on the type of the input that they follow, if it is connected. */
export function outputType(
  nodeId: string,
  output: OutputDescriptor,
  graph: GraphView,
  describe: DescriptorLookup,
  seen: ReadonlySet<string> = new Set(),
): PortType {
  if (!output.follows || seen.has(nodeId)) return output.type;
  const incoming = graph.edges.find((edge) => edge.to.node === nodeId && edge.to.port === output.follows);
  const source = incoming && descriptorOf(incoming.from.node, graph, describe);
  const upstream = source?.outputs.find((port) => port.name === incoming?.from.port);
  if (!incoming || !upstream) return output.type;
  return outputType(incoming.from.node, upstream, graph, describe, new Set([...seen, nodeId]));
}

function typesMatch(given: PortType, input: InputDescriptor): boolean {
  if (given === 'any' || input.type === 'any' || given === input.type) return true;
  return given === 'integer' && input.type === 'float';
}

/** Whether edges lead from one node to another. */
function reaches(start: string, goal: string, graph: GraphView): boolean {
  const pending = [start];
  const seen = new Set(pending);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node === goal) return true;
    for (const edge of graph.edges) {
      if (edge.from.node !== node || seen.has(edge.to.node)) continue;
      seen.add(edge.to.node);
      pending.push(edge.to.node);
    }
  }
  return false;
}

function descriptorOf(nodeId: string, graph: GraphView, describe: DescriptorLookup): NodeDescriptor | undefined {
  const type = graph.nodeTypes.get(nodeId);
  return type === undefined ? undefined : describe(type);
}

function article(type: PortType): string {
  switch (type) {
    case 'text':
    case 'latents':
      return type;
    case 'conditioning':
      return 'an encoded prompt';
    case 'any':
      return 'anything';
    case 'image':
    case 'integer':
      return `an ${type}`;
    default:
      return `a ${type}`;
  }
}
