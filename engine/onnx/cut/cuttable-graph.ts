import { fromBinary } from '@bufbuild/protobuf';
import { byteLength } from '../estimate/infer-values.ts';
import type { KnownValue } from '../estimate/operator-shapes.ts';
import type { OnnxModel } from '../graph-builder.ts';
import { type ModelProto, ModelProtoSchema, type NodeProto, type TensorProto } from '../proto/onnx_pb.ts';
import type { ValueInfo } from '../value-info.ts';
import { FreeDimensions } from './free-dimensions.ts';

/** A graph's nodes apart: those that a run computes, in a row, and those on weights alone, which go where they are read. */
export class CuttableGraph {
  readonly proto: ModelProto;
  readonly nodes: readonly NodeProto[];
  readonly #initializers = new Map<string, TensorProto>();
  /** Which node makes a constant that is no initializer. */
  readonly #constantNodes = new Map<string, NodeProto>();
  readonly #free: FreeDimensions;
  readonly #ends: ReadonlyMap<string, ValueInfo>;

  constructor(model: OnnxModel) {
    this.proto = fromBinary(ModelProtoSchema, model.bytes);
    this.#free = new FreeDimensions(model);
    this.#ends = new Map([...model.inputs, ...model.outputs].map((info) => [info.name, info]));
    const { graph, constants } = this.#free.inferred;
    for (const tensor of graph.initializer) this.#initializers.set(tensor.name, tensor);
    const computed: NodeProto[] = [];
    for (const node of graph.node) {
      if (node.output.some((name) => !constants.has(name) || this.#ends.has(name))) computed.push(node);
      else for (const name of node.output) this.#constantNodes.set(name, node);
    }
    this.nodes = shapesFirst(computed);
  }

  /** What `nodes` read that a run computes or is given, each name once. */
  computedInputs(nodes: readonly NodeProto[]): string[] {
    return inputNames(nodes).filter((name) => !this.#initializers.has(name) && !this.#constantNodes.has(name));
  }

  /** What `nodes` read that is there before a run: the nodes that make it, and the initializers. */
  constants(nodes: readonly NodeProto[]): { nodes: NodeProto[]; initializers: TensorProto[] } {
    const made: NodeProto[] = [];
    const initializers = new Set<TensorProto>();
    const visit = (name: string) => {
      const initializer = this.#initializers.get(name);
      if (initializer) initializers.add(initializer);
      const node = this.#constantNodes.get(name);
      if (!node || made.includes(node)) return;
      for (const input of inputNames([node])) visit(input);
      made.push(node);
    };
    for (const name of inputNames(nodes)) visit(name);
    return { nodes: made, initializers: [...initializers] };
  }

  /** Of each node, the bytes of all values that nodes before it make and it or later ones read. */
  crossingBytes(): number[] {
    const lastUse = new Map<string, number>();
    for (const [index, node] of this.nodes.entries()) for (const name of inputNames([node])) lastUse.set(name, index);
    const ending = this.nodes.map(() => 0);
    const crossing: number[] = [];
    let bytes = 0;
    for (const [index, node] of this.nodes.entries()) {
      crossing.push(bytes);
      for (const name of node.output) {
        const last = lastUse.get(name);
        if (last === undefined) continue;
        const size = byteLength(this.#free.inferred.values.get(name) as KnownValue);
        bytes += size;
        ending[last] = (ending[last] as number) + size;
      }
      bytes -= ending[index] as number;
    }
    return crossing;
  }

  /** A value as an input or output of a part. */
  valueInfo(name: string): ValueInfo {
    return this.#ends.get(name) ?? this.#free.valueInfo(name);
  }
}

export function inputNames(nodes: readonly NodeProto[]): string[] {
  return [...new Set(nodes.flatMap(({ input }) => input))].filter((name) => name !== '');
}

/** The same nodes with each Shape right after what it measures: a few numbers are handed over then and not a whole value. */
function shapesFirst(nodes: readonly NodeProto[]): NodeProto[] {
  const shapes = new Map<string, NodeProto[]>();
  const made = new Set(nodes.flatMap(({ output }) => output));
  const others = nodes.filter((node) => {
    const [measured = ''] = node.input;
    if (node.opType !== 'Shape' || !made.has(measured)) return true;
    shapes.set(measured, [...(shapes.get(measured) ?? []), node]);
    return false;
  });
  return others.flatMap((node) => [node, ...node.output.flatMap((name) => shapes.get(name) ?? [])]);
}
