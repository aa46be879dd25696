import { type OnnxModel, onnxModel } from '../graph-builder.ts';
import { cutPoints } from './cut-points.ts';
import { CuttableGraph } from './cuttable-graph.ts';

/** Looked at once: the search for a plan cuts the same graph into 16 and into 48 parts. */
const graphs = new WeakMap<OnnxModel, CuttableGraph>();

/**
 * Parts in a row that compute what the whole graph does, so that a device needs to hold the weights of only one at a time.
 * What a part makes and later ones read is an output of the one and an input of the others, under the value's own name.
 * Cuts lie where the fewest bytes are handed over.
 *
 * @param maxBytes what a session may hold of the weights of a part, where no single node reads more
 */
export function cutModel(model: OnnxModel, maxBytes: number): OnnxModel[] {
  if (model.weightBytes <= maxBytes) return [model];
  const graph = graphs.get(model) ?? new CuttableGraph(model.graph);
  graphs.set(model, graph);
  const points = cutPoints(graph.weighed, maxBytes);
  return points.map((first, index) => {
    return part(model, graph, first, points[index + 1] ?? graph.nodes.length);
  });
}

/** Parts of a graph whose weights are about 1/`count` of all each: `count` of them, or some more. */
export function cutInto(model: OnnxModel, count: number): OnnxModel[] {
  return cutModel(model, Math.ceil(model.weightBytes / count));
}

function part(model: OnnxModel, cuttable: CuttableGraph, first: number, end: number): OnnxModel {
  const nodes = cuttable.nodes.slice(first, end);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const valueInfo = (name: string) => cuttable.valueInfo(name);
  const inputs = cuttable
    .computedInputs(nodes)
    .filter((name) => !made.has(name))
    .map(valueInfo);
  const outputs = [...made].filter((name) => cuttable.lastUse(name) >= end).map(valueInfo);
  const constants = cuttable.constants(nodes);
  const { initializers } = constants;
  const graph = { ...model.graph, inputs, outputs, initializers, nodes: [...constants.nodes, ...nodes] };
  return onnxModel(graph, model.externalDataRoot);
}
