import { create, toBinary } from '@bufbuild/protobuf';
import { elementBytes, elementTypeOf } from '../element-type.ts';
import { elements } from '../estimate/operator-shapes.ts';
import type { OnnxModel } from '../graph-builder.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from '../proto/onnx_pb.ts';
import { valueInfoProto } from '../value-info.ts';
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
  const graph = new CuttableGraph(model);
  const sizes = new Map<string, number>();
  const weights = graph.nodes.map((node) => {
    const read = graph.constants([node]).initializers.filter(isWeight);
    for (const tensor of read) sizes.set(tensor.name, elementsOf(tensor));
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
  nodes: readonly NodeProto[],
  later: readonly NodeProto[],
): OnnxModel {
  const made = new Set(nodes.flatMap(({ output }) => output));
  const wanted = new Set([...inputNames(later), ...model.outputs.map(({ name }) => name)]);
  const valueInfo = (name: string) => cuttable.valueInfo(name);
  const inputs = cuttable
    .computedInputs(nodes)
    .filter((name) => !made.has(name))
    .map(valueInfo);
  const outputs = [...made].filter((name) => wanted.has(name)).map(valueInfo);
  const constants = cuttable.constants(nodes);
  const weights = constants.initializers.filter(isWeight);
  const graph = create(GraphProtoSchema, {
    name: cuttable.proto.graph?.name ?? '',
    node: [...constants.nodes, ...nodes],
    initializer: constants.initializers,
    input: inputs.map(valueInfoProto),
    output: outputs.map(valueInfoProto),
  });
  return {
    bytes: toBinary(ModelProtoSchema, { ...cuttable.proto, graph }),
    inputs,
    outputs,
    weightBytes: weights.reduce((sum, weight) => sum + elementsOf(weight) * bytesOf(weight), 0),
    weightElements: weights.reduce((sum, weight) => sum + elementsOf(weight), 0),
    externalDataRoot: weights.length > 0 ? model.externalDataRoot : undefined,
  };
}

function isWeight({ dataLocation }: TensorProto): boolean {
  return dataLocation === TensorProto_DataLocation.EXTERNAL;
}

function elementsOf({ dims }: TensorProto): number {
  return elements(dims.map(Number));
}

function bytesOf({ dataType }: TensorProto): number {
  return elementBytes(elementTypeOf(dataType));
}
