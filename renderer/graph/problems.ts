import { connectionProblem, type DescriptorLookup, type GraphView } from '../../engine/contract/connection.ts';
import type { InputDescriptor } from '../../engine/contract/node.ts';
import { fieldProblem } from '../../engine/contract/ports.ts';
import type { GraphDocument, GraphNode } from './document.ts';
import { fieldValue, titleOf } from './values.ts';
import { edgeInto, viewOf } from './view.ts';

/** Something that keeps a document from running, where it is and in words for the person. */
export interface GraphProblem {
  /** null: it is the document's, not one node's. */
  nodeId: string | null;
  field?: string;
  message: string;
}

/** All that keeps a document from running, as far as it can be seen without the engine. */
export function problemsOf(document: GraphDocument, describe: DescriptorLookup): GraphProblem[] {
  const view = viewOf(document);
  const nodes = Object.entries(document.nodes);
  const problems = nodes.flatMap(([nodeId, node]) => nodeProblems(nodeId, node, view, describe));
  const runs = nodes.some(([, node]) => describe(node.type)?.isOutput);
  if (!runs && problems.length === 0) problems.push({ nodeId: null, message: nothingToRun(document, describe) });
  return problems;
}

function nodeProblems(nodeId: string, node: GraphNode, view: GraphView, describe: DescriptorLookup): GraphProblem[] {
  const descriptor = describe(node.type);
  if (!descriptor) return [{ nodeId, message: `There is no node type "${node.type}" in this version of Headroom` }];
  const title = titleOf(node, descriptor);
  const unknown = Object.keys(node.inputs).filter((name) => !descriptor.inputs.some((input) => input.name === name));
  return [
    ...unknown.map((field) => ({ nodeId, field, message: `${title} has no input "${field}"` })),
    ...descriptor.inputs.flatMap((input) => inputProblem(nodeId, node, title, input, view, describe) ?? []),
  ];
}

function inputProblem(
  nodeId: string,
  node: GraphNode,
  title: string,
  input: InputDescriptor,
  view: GraphView,
  describe: DescriptorLookup,
): GraphProblem | null {
  const edge = edgeInto(view.edges, nodeId, input.name);
  const place = { nodeId, field: input.name };
  if (edge) {
    const problem = connectionProblem(edge, view, describe);
    // A source of unknown type is told of at the source.
    const isKnown = describe(view.nodeTypes.get(edge.from.node) ?? '') !== undefined;
    return problem !== null && isKnown ? { ...place, message: `${title}: ${problem}` } : null;
  }
  if (!input.field) return input.required ? { ...place, message: `${title}: ${input.title} is not connected` } : null;
  const problem = fieldProblem(input.field, fieldValue(node, input));
  return problem === null ? null : { ...place, message: `${title}: ${input.title} must be ${problem}` };
}

function nothingToRun(document: GraphDocument, describe: DescriptorLookup): string {
  if (Object.keys(document.nodes).length === 0) return 'The workflow is empty: add nodes first';
  const outputs = ['save_image', 'preview_image'].flatMap((type) => describe(type)?.title ?? []);
  return `Nothing to run: add a node that keeps a result${outputs.length ? `, such as ${outputs.join(' or ')}` : ''}`;
}
