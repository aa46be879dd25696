import { type GraphPart, wholeOf } from '../graph.ts';
import { type OnnxModel, onnxModel } from '../graph-builder.ts';
import { CuttableGraph } from './cuttable-graph.ts';

/**
 * Parts in a row that compute what the whole graph does, so that a device needs to hold the weights of only one at a time.
 * What a part makes and later ones read is an output of the one and an input of the others, under the value's own name.
 * Cuts lie where the fewest bytes are handed over.
 *
 * @param maxBytes what a session may hold of the weights of a part, where no single node reads more
 */
export function cutModel(model: OnnxModel, maxBytes: number): OnnxModel[] {
  if (model.weightBytes <= maxBytes) return [model];
  const graph = CuttableGraph.of(model.graph);
  return graph.parts(maxBytes).map((part) => onnxModel(graph.graphOf(part), model.externalDataRoot));
}

/** Parts of a graph whose weights are about 1/`count` of all each: `count` of them, or some more. */
export function cutInto(model: OnnxModel, count: number): OnnxModel[] {
  return cutModel(model, sizeOfPart(model, count));
}

/** What the parts of `cutInto` are made of, for estimates. */
export function partsOf(model: OnnxModel, count: number): GraphPart[] {
  const maxBytes = sizeOfPart(model, count);
  return model.weightBytes <= maxBytes ? [wholeOf(model.graph)] : CuttableGraph.of(model.graph).parts(maxBytes);
}

function sizeOfPart({ weightBytes }: OnnxModel, count: number): number {
  return Math.ceil(weightBytes / count);
}
