import type { GraphNode } from '../graph.ts';
import type { OnnxModel } from '../graph-builder.ts';
import { byteLength, type InferredGraph, inferValues } from './infer-values.ts';
import type { KnownValue } from './operator-shapes.ts';

/** Operators whose output is their input's bytes under another shape. */
const VIEWS = new Set(['Flatten', 'Identity', 'Reshape', 'Unsqueeze']);

/** Operators that the runtime lets write over an input of the same size that nobody needs any more. */
const IN_PLACE = new Set(['Add', 'Cast', 'Clip', 'Mul', 'QuickGelu']);

/** What a run of a graph needs beside its weights, and at which node it needs most. */
export interface ActivationPeak {
  /** Bytes of all values alive at the worst moment; the network's own inputs are not counted. */
  readonly bytes: number;
  readonly node: string;
}

/**
 * How much memory the values of a network need at most, from its graph alone: each is alive from the node that makes it
 * to the last that reads it, in the order in which onnxruntime runs them: the graph's, and what is made of weights alone
 * right before its use (`GraphBuilder.build`). What kernels use for themselves (convolution workspaces) is not in it: measurements of the machine correct that.
 *
 * Of a network in parts, one part's values are alive at a time, with all that it is handed from earlier ones.
 *
 * @param network a graph, or the parts of one in a row (`cutModel`)
 * @param dimensions sizes of its symbolic dimensions, such as `batch`, `height` and `width`
 */
export function activationPeak(
  network: OnnxModel | readonly OnnxModel[],
  dimensions: Readonly<Record<string, number>>,
): ActivationPeak {
  let peak: ActivationPeak = { bytes: 0, node: '' };
  const known = new Map<string, KnownValue>();
  for (const part of [network].flat()) {
    const inferred = inferValues(part.graph, dimensions, known);
    const { values } = inferred;
    const nodes = nodesOfRun(part.graph.nodes, inferred);
    const handedOver = part.inputs.filter(({ name }) => known.has(name));
    const live = new LiveBytes(nodes, new Set(part.outputs.map(({ name }) => name)));
    const bytesOf = (name: string) => byteLength(values.get(name) as KnownValue);
    const inputBytes = handedOver.reduce((sum, { name }) => sum + bytesOf(name), 0);
    for (const [index, node] of nodes.entries()) live.run(node, index, bytesOf);
    const { bytes, node } = live.peak;
    if (inputBytes + bytes > peak.bytes) peak = { bytes: inputBytes + bytes, node };
    for (const { name } of part.outputs) known.set(name, values.get(name) as KnownValue);
  }
  return peak;
}

/** What a run computes, in its order. */
function nodesOfRun(nodes: readonly GraphNode[], { constants, folded }: InferredGraph): GraphNode[] {
  const onWeights = new Map<string, GraphNode>();
  const ordered = new Set<GraphNode>();
  const add = (node: GraphNode) => {
    for (const name of node.inputs) {
      const needed = onWeights.get(name);
      if (needed && !ordered.has(needed)) add(needed);
    }
    ordered.add(node);
  };
  for (const node of nodes) {
    const outputs = node.outputs.filter((name) => name !== '');
    if (!outputs.every((name) => constants.has(name))) add(node);
    else if (!outputs.every((name) => folded.has(name))) for (const name of outputs) onWeights.set(name, node);
  }
  return [...ordered];
}

/** The buffers that are alive while nodes run one after the other. A value is an alias of the buffer that holds it. */
class LiveBytes {
  peak: ActivationPeak = { bytes: 0, node: '' };
  readonly #lastUse = new Map<string, number>();
  readonly #bufferOf = new Map<string, string>();
  readonly #buffers = new Map<string, { bytes: number; values: Set<string> }>();
  #bytes = 0;

  constructor(nodes: readonly GraphNode[], outputs: ReadonlySet<string>) {
    for (const [index, node] of nodes.entries()) for (const name of node.inputs) this.#lastUse.set(name, index);
    for (const name of outputs) this.#lastUse.set(name, nodes.length);
  }

  run(node: GraphNode, index: number, bytesOf: (name: string) => number): void {
    for (const name of node.outputs) {
      if (name === '') continue; // an optional output that is not wanted
      const bytes = bytesOf(name);
      const reused = this.#reusable(node, index, bytes);
      if (reused) this.#alias(name, reused);
      else this.#allocate(name, bytes);
    }
    if (this.#bytes > this.peak.bytes) this.peak = { bytes: this.#bytes, node: node.name };
    for (const name of [...node.inputs, ...node.outputs]) {
      if ((this.#lastUse.get(name) ?? index) <= index) this.#release(name);
    }
  }

  /** The input whose buffer the node's output takes over, if any. */
  #reusable(node: GraphNode, index: number, bytes: number): string | undefined {
    if (VIEWS.has(node.operator)) return node.inputs.find((name) => this.#bufferOf.has(name));
    if (!IN_PLACE.has(node.operator)) return undefined;
    return node.inputs.find((name) => {
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
