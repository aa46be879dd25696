import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { concat, multiply, reshape } from '../onnx/operators.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear } from './linear.ts';

export interface SinusoidalOptions {
  /** Even. */
  readonly channels: number;
  /** Cosines before sines. */
  readonly flipSinToCos: boolean;
  readonly frequencyShift: number;
}

/**
 * Sines and cosines of numbers at geometrically falling frequencies, in float32: [n] → [n, channels].
 * diffusers: embeddings.get_timestep_embedding; each rounding of torch's float32 arithmetic is repeated.
 */
export function sinusoidalEmbedding(g: GraphBuilder, numbers: Value, options: SinusoidalOptions): Value {
  const half = options.channels / 2;
  const frequencies = Array.from({ length: half }, (_, index) => {
    const exponent = Math.fround(Math.fround(-Math.log(10000)) * index);
    return Math.fround(Math.exp(Math.fround(exponent / Math.fround(half - options.frequencyShift))));
  });
  const angles = multiply(g, reshape(g, numbers, [-1, 1]), g.constant('float32', frequencies, [1, half]));
  const [sines, cosines] = [g.node('Sin', [angles]), g.node('Cos', [angles])];
  return concat(g, options.flipSinToCos ? [cosines, sines] : [sines, cosines], 1);
}

/** The two layers after a sinusoidal embedding (diffusers: TimestepEmbedding): float32 [n, from] → [n, to]. */
export function timestepEmbedding(s: LayerScope, x: Value, from: number, to: number): Value {
  const hidden = linear(s.scope('linear_1'), s.fromFloat32(x), { from, to });
  return linear(s.scope('linear_2'), s.dialect.activation(s.graph, hidden, 'silu'), { from: to, to });
}
