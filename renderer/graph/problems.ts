import { connectionProblem, type DescriptorLookup, type GraphView } from '../../engine/contract/connection.ts';
import { MODEL_KIND_TITLES, type ModelSummary } from '../../engine/contract/models.ts';
import type { InputDescriptor } from '../../engine/contract/node.ts';
import { fieldProblem, isUnchosen } from '../../engine/contract/ports.ts';
import type { GraphDocument, GraphNode } from './document.ts';
import { fitsField, type ModelField } from './model-choices.ts';
import { nodesBefore } from './neighbours.ts';
import { tableProblems } from './table-problems.ts';
import { fieldValue } from './values.ts';
import { viewOf } from './view.ts';

/** Something that keeps a document from running, where it is and in words for the person. */
export interface GraphProblem {
  /** null: it is the document's, not one node's. */
  nodeId: string | null;
  field?: string;
  message: string;
}

/** What problems are judged by: the node types, and the models of the library once it is known. */
export interface Known {
  describe: DescriptorLookup;
  models: readonly ModelSummary[] | null;
}

/**
 * All that keeps a document from running, as far as it can be seen here: the engine's own check (`engine/workflow/validate.ts`)
 * in its words but with the titles that are on the screen, and models that are missing. As there, nodes that no output depends
 * on may be unfinished.
 */
export function problemsOf(document: GraphDocument, known: Known): GraphProblem[] {
  const view = viewOf(document);
  const needed = neededNodes(view, known.describe);
  const problems = [
    ...Object.entries(document.nodes).flatMap(([nodeId, node]) => nodeProblems(nodeId, node, view, needed, known)),
    ...tableProblems(document, needed, known.describe),
  ];
  if (needed.size > 0) return problems;
  return [...problems, { nodeId: null, message: 'There is nothing to run: add a Save Image or Preview Image node.' }];
}

function nodeProblems(
  nodeId: string,
  node: GraphNode,
  view: GraphView,
  needed: ReadonlySet<string>,
  known: Known,
): GraphProblem[] {
  const descriptor = known.describe(node.type);
  if (!descriptor) {
    return [{ nodeId, message: `There is no node type “${node.type}” in this Headroom. A newer one may have it.` }];
  }
  const unknown = Object.keys(node.inputs).filter((name) => !descriptor.inputs.some((input) => input.name === name));
  return [
    ...unknown.map((field) => ({ nodeId, field, message: `${field} is not an input of ${descriptor.title}.` })),
    ...descriptor.inputs.flatMap((input) => {
      const edges = view.edges.filter(({ to }) => to.node === nodeId && to.port === input.name);
      const problem =
        edges.length === 0
          ? (valueProblem(node, input, known) ?? missing(node, input, needed.has(nodeId)))
          : (edgeProblem(input, edges, view, known) ?? valueProblem(node, input, known));
      return problem === null ? [] : [{ nodeId, field: input.name, message: problem }];
    }),
  ];
}

function missing(node: GraphNode, input: InputDescriptor, isNeeded: boolean): string | null {
  const { title, field, required } = input;
  if (!required || !isNeeded) return null;
  if (!field) return `${title} is not connected.`;
  return isUnchosen(field, fieldValue(node, input)) ? `${title}: no picture is chosen.` : null;
}

function valueProblem(node: GraphNode, input: InputDescriptor, { models }: Known): string | null {
  const { field, title, name } = input;
  if (!field) return Object.hasOwn(node.inputs, name) ? `${title} takes a connection, not a value.` : null;
  const value = fieldValue(node, input);
  const problem = fieldProblem(field, value);
  if (problem !== null) return `${title} must be ${problem}.`;
  if (field.kind !== 'model' || !models) return null;
  return modelProblem(field, String(value), models, (part) => Boolean(node.inputs[part]));
}

/**
 * Why something of the library cannot be used in a field, or null where it can.
 *
 * @param isChosen whether the node has a part chosen in another field
 */
export function modelProblem(
  field: ModelField,
  id: string,
  models: readonly ModelSummary[],
  isChosen: (part: string) => boolean,
): string | null {
  if (id === field.builtIn?.value) return null;
  const model = models.find((candidate) => candidate.id === id);
  if (!model) return `There is no ${MODEL_KIND_TITLES[field.of ?? 'model']} “${id}” in the models folders.`;
  if (!fitsField(model, field)) return `“${id}” is not what is chosen here.`;
  if (model.usable || (model.needs.length > 0 && model.needs.every(isChosen))) return null;
  return model.problem ?? `${model.title} cannot be used.`;
}

function edgeProblem(
  { title }: InputDescriptor,
  edges: readonly GraphView['edges'][number][],
  view: GraphView,
  { describe }: Known,
): string | null {
  const [edge] = edges;
  if (edges.length > 1) return `${title} has ${edges.length} connections; an input takes one.`;
  // A source of unknown type is told of at the source.
  if (!edge || !describe(view.nodeTypes.get(edge.from.node) ?? '')) return null;
  const problem = connectionProblem(edge, view, describe);
  return problem === null ? null : `The connection does not fit: ${problem}.`;
}

/** The nodes that a run is for, and all that they depend on. */
function neededNodes({ nodeTypes, edges }: GraphView, describe: DescriptorLookup): Set<string> {
  const outputs = [...nodeTypes].filter(([, type]) => describe(type)?.isOutput).map(([id]) => id);
  return new Set(outputs.flatMap((id) => [id, ...nodesBefore(id, edges)]));
}
