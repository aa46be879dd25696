import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Attribute, attributeProto, float, int, ints } from '../../engine/onnx/attributes.ts';
import { type ElementType, onnxType } from '../../engine/onnx/element-type.ts';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../../engine/onnx/proto/onnx_pb.ts';
import type { Tensor } from '../../engine/tensor/tensor.ts';
import { runOnce } from './networks.ts';

/**
 * Runs a graph of the CUDA dialect once where there is no GPU.
 *
 * @param computeType what the graph's images and tokens are
 */
export function runCudaGraph(
  model: OnnxModel,
  computeType: ElementType,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  return runOnce(spelledOut(model, computeType), inputs);
}

/**
 * The same graph with the operators that only CUDA has spelled in standard ones, as onnxruntime documents them
 * (docs/ContribOperators.md).
 */
function spelledOut(model: OnnxModel, computeType: ElementType): OnnxModel {
  const proto = fromBinary(ModelProtoSchema, model.bytes);
  const graph = proto.graph as GraphProto;
  const nodes = graph.node.splice(0);
  for (const node of nodes) {
    const rewrite = REWRITES[`${node.domain}.${node.opType}`];
    if (rewrite) rewrite(new Spelling(graph, node, computeType));
    else graph.node.push(node);
  }
  return { ...model, bytes: toBinary(ModelProtoSchema, proto) };
}

const REWRITES: Record<string, (s: Spelling) => void> = {
  'com.ms.internal.nhwc.Conv': (s) =>
    s.finish(s.toLast(s.copy('Conv', [s.toFirst(s.input(0)), s.input(1), s.bias(2)]))),
  'com.microsoft.GroupNorm': (s) => s.finish(s.groupNorm(s.input(0))),
  'com.microsoft.SkipGroupNorm': (s) => {
    const perImage = s.node('Unsqueeze', [s.input(3), s.constant('int64', [1, 2])]);
    s.finish(s.groupNorm(s.node('Add', [s.node('Add', [s.input(0), perImage]), s.input(4)])));
  },
  'com.microsoft.BiasAdd': (s) => s.finish(s.node('Add', [s.node('Add', [s.input(0), s.input(1)]), s.input(2)])),
  'com.microsoft.BiasSplitGelu': (s) => {
    const [value, gate] = s.halves(s.node('Add', [s.input(0), s.input(1)]));
    s.finish(s.node('Mul', [value, s.node('Gelu', [gate], {}, 'com.microsoft')]));
  },
};

/** One node that is replaced by several. */
class Spelling {
  readonly #graph: GraphProto;
  readonly #node: NodeProto;
  readonly #computeType: ElementType;
  #count = 0;

  constructor(graph: GraphProto, node: NodeProto, computeType: ElementType) {
    this.#graph = graph;
    this.#node = node;
    this.#computeType = computeType;
  }

  input(index: number): string {
    return this.#node.input[index] as string;
  }

  bias(index: number): string {
    return this.#node.input[index] ?? '';
  }

  node(opType: string, input: string[], attributes: Record<string, Attribute> = {}, domain = ''): string {
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    return this.#push(create(NodeProtoSchema, { opType, domain, input, attribute }));
  }

  /** The node's own attributes on another operator. */
  copy(opType: string, input: string[]): string {
    return this.#push(create(NodeProtoSchema, { opType, input, attribute: this.#node.attribute }));
  }

  constant(type: 'float32' | 'int64', values: number[]): string {
    const name = this.#name();
    const data = type === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
    const tensor = {
      name,
      dataType: onnxType(type),
      dims: [BigInt(values.length)],
      rawData: new Uint8Array(data.buffer),
    };
    this.#graph.initializer.push(create(TensorProtoSchema, tensor));
    return name;
  }

  /** The replaced node's output is `value`. */
  finish(value: string): void {
    const output = [...this.#node.output];
    this.#graph.node.push(create(NodeProtoSchema, { opType: 'Identity', name: this.#name(), input: [value], output }));
  }

  toFirst(value: string): string {
    return this.node('Transpose', [value], { perm: ints([0, 3, 1, 2]) });
  }

  toLast(value: string): string {
    return this.node('Transpose', [value], { perm: ints([0, 2, 3, 1]) });
  }

  halves(value: string): [string, string] {
    const first = this.node('Split', [value], { axis: int(-1), num_outputs: int(2) });
    const second = this.#name();
    this.#graph.node.at(-1)?.output.push(second);
    return [first, second];
  }

  /** Inputs 1 and 2 are scale and bias, in float32. */
  groupNorm(image: string): string {
    const groups = Number(this.#attribute('groups')?.i);
    if (this.#attribute('channels_last')?.i !== 1n)
      throw new Error('CUDA has this group norm with channels last only.');
    const first = this.node('Cast', [this.toFirst(image)], { to: int(TensorProto_DataType.FLOAT) });
    const flat = this.node('Reshape', [first, this.constant('int64', [0, groups, -1])]);
    const ones = this.constant('float32', Array<number>(groups).fill(1));
    const zeros = this.constant('float32', Array<number>(groups).fill(0));
    const epsilon = float(this.#attribute('epsilon')?.f as number);
    const normalized = this.node('InstanceNormalization', [flat, ones, zeros], { epsilon });
    const restored = this.toLast(this.node('Reshape', [normalized, this.node('Shape', [first])]));
    const result = this.node('Add', [this.node('Mul', [restored, this.input(1)]), this.input(2)]);
    const silu = this.#attribute('activation')?.i === 1n;
    const activated = silu ? this.node('QuickGelu', [result], { alpha: float(1) }, 'com.microsoft') : result;
    return this.node('Cast', [activated], { to: int(onnxType(this.#computeType)) });
  }

  #attribute(name: string) {
    return this.#node.attribute.find((attribute) => attribute.name === name);
  }

  #push(node: NodeProto): string {
    const name = this.#name();
    node.name = name;
    node.output = [name];
    this.#graph.node.push(node);
    return name;
  }

  #name(): string {
    this.#count += 1;
    return `${this.#node.name}/${this.#count}`;
  }
}
