import { fromBinary } from '@bufbuild/protobuf';
import type { OnnxModel } from '../graph-builder.ts';
import { ModelProtoSchema, type NodeProto, type TensorProto } from '../proto/onnx_pb.ts';
import { bytesOfType, elements, type KnownValue, SHAPE_RULES } from './operator-shapes.ts';

/** Operators whose output is their input's bytes under another shape. */
const VIEWS = new Set(['Identity', 'Reshape', 'Unsqueeze']);

/** Operators that the runtime lets write over an input of the same size that nobody needs any more. */
const IN_PLACE = new Set(['Add', 'Cast', 'Clip', 'Mul', 'QuickGelu']);

/** What a run of a graph needs beside its weights, and at which node it needs most. */
export interface ActivationPeak {
  /** Bytes of all values alive at the worst moment; the graph's own inputs are not counted. */
  readonly bytes: number;
  readonly node: string;
}

/**
 * How much memory the values of a graph need at most, from the graph alone: each is alive from the node that makes it to
 * the last that reads it, in the graph's order, which is the order in which onnxruntime runs it. What kernels use for
 * themselves (convolution workspaces) is not in it: measurements of the machine correct that.
 *
 * @param dimensions sizes of the graph's symbolic dimensions, such as `batch`, `height` and `width`
 */
export function activationPeak(model: OnnxModel, dimensions: Readonly<Record<string, number>>): ActivationPeak {
  const { graph } = fromBinary(ModelProtoSchema, model.bytes);
  if (!graph) throw new Error('the model has no graph');
  const values = new Map<string, KnownValue>();
  for (const tensor of graph.initializer) values.set(tensor.name, initializerValue(tensor));
  const constants = new Set(values.keys());
  for (const { name, type, dims } of model.inputs) {
    const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : size(dimensions, dim)));
    values.set(name, { dims: sizes, elementBytes: type === 'int64' ? 8 : 4 });
  }
  const live = new LiveBytes(graph.node, new Set(graph.output.map((output) => output.name)));
  for (const [index, node] of graph.node.entries()) {
    const outputs = shapesOf(node, values);
    for (const [position, name] of node.output.entries()) {
      if (name !== '') values.set(name, outputs[position] as KnownValue);
    }
    if (node.input.every((name) => name === '' || constants.has(name))) {
      // Folded into a constant when the session is created: part of the weights.
      for (const name of node.output) constants.add(name);
    } else {
      live.run(node, index, outputs.map(byteLength));
    }
  }
  return live.peak;
}

/** The buffers that are alive while nodes run one after the other. A value is an alias of the buffer that holds it. */
class LiveBytes {
  peak: ActivationPeak = { bytes: 0, node: '' };
  readonly #lastUse = new Map<string, number>();
  readonly #bufferOf = new Map<string, string>();
  readonly #buffers = new Map<string, { bytes: number; values: Set<string> }>();
  #bytes = 0;

  constructor(nodes: readonly NodeProto[], outputs: ReadonlySet<string>) {
    for (const [index, node] of nodes.entries()) for (const name of node.input) this.#lastUse.set(name, index);
    for (const name of outputs) this.#lastUse.set(name, nodes.length);
  }

  run(node: NodeProto, index: number, sizes: readonly number[]): void {
    for (const [position, name] of node.output.entries()) {
      if (name === '') continue; // an optional output that is not wanted
      const bytes = sizes[position] as number;
      const reused = this.#reusable(node, index, bytes);
      if (reused) this.#alias(name, reused);
      else this.#allocate(name, bytes);
    }
    if (this.#bytes > this.peak.bytes) this.peak = { bytes: this.#bytes, node: node.name };
    for (const name of [...node.input, ...node.output]) {
      if ((this.#lastUse.get(name) ?? index) <= index) this.#release(name);
    }
  }

  /** The input whose buffer the node's output takes over, if any. */
  #reusable(node: NodeProto, index: number, bytes: number): string | undefined {
    if (VIEWS.has(node.opType)) return node.input.find((name) => this.#bufferOf.has(name));
    if (!IN_PLACE.has(node.opType)) return undefined;
    return node.input.find((name) => {
      const buffer = this.#buffers.get(this.#bufferOf.get(name) ?? '');
      return buffer?.bytes === bytes && buffer.values.size === 1 && this.#lastUse.get(name) === index;
    });
  }

  #allocate(name: string, bytes: number): void {
    this.#buffers.set(name, { bytes, values: new Set([name]) });
    this.#bufferOf.set(name, name);
    this.#bytes += bytes;
  }

  #alias(name: string, of: string): void {
    const buffer = this.#bufferOf.get(of) as string;
    this.#bufferOf.set(name, buffer);
    this.#buffers.get(buffer)?.values.add(name);
  }

  #release(name: string): void {
    const key = this.#bufferOf.get(name);
    const buffer = key === undefined ? undefined : this.#buffers.get(key);
    if (key === undefined || !buffer?.values.delete(name) || buffer.values.size > 0) return;
    this.#bytes -= buffer.bytes;
    this.#buffers.delete(key);
  }
}

function shapesOf(node: NodeProto, values: ReadonlyMap<string, KnownValue>): KnownValue[] {
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

function initializerValue(tensor: TensorProto): KnownValue {
  const dims = tensor.dims.map(Number);
  const known = { dims, elementBytes: bytesOfType(tensor.dataType) };
  if (tensor.rawData.length === 0) return known;
  const bytes = tensor.rawData.slice().buffer;
  if (known.elementBytes === 8) return { ...known, contents: Array.from(new BigInt64Array(bytes), Number) };
  return known.elementBytes === 4 ? { ...known, contents: Array.from(new Float32Array(bytes)) } : known;
}

function byteLength(value: KnownValue): number {
  return elements(value.dims) * value.elementBytes;
}

function size(dimensions: Readonly<Record<string, number>>, name: string): number {
  const value = dimensions[name];
  if (value === undefined) throw new Error(`the size of the dimension "${name}" is not given`);
  return value;
}
