import { type GraphPart, wholeOf } from '../graph.ts';
import type { OnnxModel } from '../graph-builder.ts';
import { LiveBytes } from './live-bytes.ts';
import { byteLength, NumberedGraph } from './numbered-graph.ts';
import type { KnownValue } from './operator-shapes.ts';

/** What a run of a graph needs beside its weights, and at which node it needs most. */
export interface ActivationPeak {
  /** Bytes of all values alive at the worst moment; the network's own inputs are not counted. */
  readonly bytes: number;
  readonly node: string;
}

/**
 * How much memory the values of a network need at most, from its graph alone: each is alive from the node that makes it
 * to the last that reads it, in the order in which onnxruntime runs them: the graph's, and what is made of weights alone
 * right before its use (`GraphBuilder.build`). What kernels use for themselves (convolution workspaces) is not in it:
 * measurements of the machine correct that.
 *
 * Of a network in parts, one part's values are alive at a time, with all that it is handed from earlier ones.
 *
 * @param dimensions sizes of its symbolic dimensions, such as `batch`, `height` and `width`
 * @param parts that it is cut into (`partsOf`), all of it by default
 */
export function activationPeak(
  { graph }: Pick<OnnxModel, 'graph'>,
  dimensions: Readonly<Record<string, number>>,
  parts: readonly GraphPart[] = [wholeOf(graph)],
): ActivationPeak {
  const numbered = NumberedGraph.of(graph);
  const values = numbered.values(dimensions);
  const live = new LiveBytes(values, graph);
  const numbersOf = (names: readonly string[]) => names.map((name) => numbered.numberOf(name));
  const given = new Set(graph.inputs.map(({ name }) => name));
  let peak: ActivationPeak = { bytes: 0, node: '' };
  for (const { nodes, inputs, outputs } of parts) {
    const handedOver = numbersOf(inputs.filter((name) => !given.has(name)));
    const inputBytes = handedOver.reduce((sum, number) => sum + byteLength(values[number] as KnownValue), 0);
    const { bytes, node } = live.peak(numbered.inOrder(nodes), numbersOf(outputs));
    if (inputBytes + bytes > peak.bytes) peak = { bytes: inputBytes + bytes, node };
  }
  return peak;
}
