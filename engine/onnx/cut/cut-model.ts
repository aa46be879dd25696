import { elementCount } from '../../tensor/tensor.ts';
import type { GraphNode, Initializer } from '../graph.ts';
import { type OnnxModel, onnxModel } from '../graph-builder.ts';
import { cutPoints } from './cut-points.ts';
import { CuttableGraph, inputNames } from './cuttable-graph.ts';

/**
 * Parts in a row that compute what the whole graph does, so that a device needs to hold the weights of only one at a time.
 * What a part makes and later ones read is an output of the one and an input of the others, under the value's own name.
 * Cuts lie where the fewest bytes are handed over.
 *
 * @param maxElements how many numbers the weights of a part may hold, where no single node reads more
 */
export function cutModel(model: OnnxModel, maxElements: number): OnnxModel[] {
  if (model.weightElements <= maxElements) return [model];
  const graph = new CuttableGraph(model.graph);
  const sizes = new Map<string, number>();
  const weights = graph.nodes.map((node) => {
    const read = graph.constants([node]).initializers.filter(isWeight);
    for (const { name, dims } of read) sizes.set(name, elementCount(dims));
    return read.map(({ name }) => name);
  });
  const points = cutPoints({ weights, sizes, crossing: graph.crossingBytes() }, maxElements);
  return points.map((first, index) => {
    const end = points[index + 1] ?? graph.nodes.length;
    return part(model, graph, graph.nodes.slice(first, end), graph.nodes.slice(end));
  });
}

/** Parts of a graph whose weights are about 1/`count` of all each: `count` of them, or some more. */
export function cutInto(model: OnnxModel, count: number): OnnxModel[] {
  return cutModel(model, Math.ceil(model.weightElements / count));
}

function part(
  model: OnnxModel,
  cuttable: CuttableGraph,
  nodes: readonly GraphNode[],
  later: readonly GraphNode[],
): OnnxModel {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const wanted = new Set([...inputNames(later), ...model.outputs.map(({ name }) => name)]);
  const valueInfo = (name: string) => cuttable.valueInfo(name);
  const inputs = cuttable
    .computedInputs(nodes)
    .filter((name) => !made.has(name))
    .map(valueInfo);
  const outputs = [...made].filter((name) => wanted.has(name)).map(valueInfo);
  const constants = cuttable.constants(nodes);
  const { initializers } = constants;
  const graph = { ...model.graph, inputs, outputs, initializers, nodes: [...constants.nodes, ...nodes] };
  return onnxModel(graph, model.externalDataRoot);
}

function isWeight({ data }: Initializer): boolean {
  return data.kind === 'weight';
}
