import { fromBinary } from '@bufbuild/protobuf';
import { elementBytes, elementTypeOf } from '../element-type.ts';
import type { OnnxModel } from '../graph-builder.ts';
import { type GraphProto, ModelProtoSchema, type NodeProto, type TensorProto } from '../proto/onnx_pb.ts';
import { elements, type KnownValue, SHAPE_RULES } from './operator-shapes.ts';

/** A graph with what is known of its values before a run. */
export interface InferredGraph {
  readonly graph: GraphProto;
  readonly values: ReadonlyMap<string, KnownValue>;
  /** Initializers, and what depends on nothing else: folded into constants when the session is created. */
  readonly constants: ReadonlySet<string>;
}

/**
 * Types and shapes of all values of a graph.
 *
 * @param dimensions sizes of the graph's symbolic dimensions, such as `batch`, `height` and `width`
 * @param known inputs whose shapes do not follow from those
 */
export function inferValues(
  model: OnnxModel,
  dimensions: Readonly<Record<string, number>>,
  known: ReadonlyMap<string, KnownValue> = new Map(),
): InferredGraph {
  const { graph } = fromBinary(ModelProtoSchema, model.bytes);
  if (!graph) throw new Error('the model has no graph');
  const values = new Map<string, KnownValue>();
  for (const tensor of graph.initializer) values.set(tensor.name, initializerValue(tensor));
  const constants = new Set(values.keys());
  for (const { name, type, dims } of model.inputs) {
    const sizes = () => dims.map((dim) => (typeof dim === 'number' ? dim : size(dimensions, dim)));
    values.set(name, known.get(name) ?? { type, dims: sizes() });
  }
  for (const node of graph.node) {
    const outputs = outputValues(node, values);
    for (const [position, name] of node.output.entries()) {
      if (name !== '') values.set(name, outputs[position] as KnownValue);
    }
    if (node.input.every((name) => name === '' || constants.has(name))) {
      for (const name of node.output) constants.add(name);
    }
  }
  return { graph, values, constants };
}

export function byteLength({ type, dims }: KnownValue): number {
  return elements(dims) * elementBytes(type);
}

function outputValues(node: NodeProto, values: ReadonlyMap<string, KnownValue>): KnownValue[] {
  const rule = SHAPE_RULES[node.opType];
  if (!rule) throw new Error(`no shape rule for ${node.opType} (node ${node.name})`);
  try {
    return rule(
      node.input.map((name) => values.get(name)),
      node,
    );
  } catch (error) {
    throw new Error(`${node.opType} (node ${node.name}): ${(error as Error).message}`, { cause: error });
  }
}

function initializerValue({ dims, dataType, rawData }: TensorProto): KnownValue {
  const known: KnownValue = { type: elementTypeOf(dataType), dims: dims.map(Number) };
  if (rawData.length === 0) return known;
  const bytes = rawData.slice().buffer;
  if (known.type === 'int64') return { ...known, contents: Array.from(new BigInt64Array(bytes), Number) };
  return known.type === 'float32' ? { ...known, contents: Array.from(new Float32Array(bytes)) } : known;
}

function size(dimensions: Readonly<Record<string, number>>, name: string): number {
  const value = dimensions[name];
  if (value === undefined) throw new Error(`the size of the dimension "${name}" is not given`);
  return value;
}
