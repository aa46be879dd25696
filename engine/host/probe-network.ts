import type { Dialect } from '../layers/dialect.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { add, cast } from '../onnx/operators.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

const CHANNELS = 16;
const SIDE = 8;
const CONTEXT = [1, 5, CHANNELS];
const IMAGE = [1, CHANNELS, SIDE, SIDE];

/**
 * A network that is as small as a block of a UNet can be: float32 `image` [1, 16, 8, 8] and `context` [1, 5, 16] → `y`
 * [1, 16, 16, 16]. It attends from 64 pixels: kernels for few queries are others than those for many.
 */
export function probeNetwork(dialect: Dialect): GraphBuilder {
  const g = GraphBuilder.create('probe', dialect.opset);
  const typed = (x: Value) => (dialect.computeType === 'float32' ? x : cast(g, x, dialect.computeType));
  const weight = (...dims: number[]) => {
    const inputs = dims.slice(1).reduce((product, size) => product * size, 1);
    return typed(g.constant('float32', [...waves(dims, inputs).map((value) => value / Math.sqrt(inputs))], dims));
  };
  const linear = (x: Value) => {
    const matrix = { value: weight(CHANNELS, CHANNELS), isTransposed: false };
    return dialect.linear(g, x, matrix, weight(CHANNELS));
  };
  const attend = (tokens: Value, context: Value) => {
    const [q, k, v] = [linear(tokens), linear(context), linear(context)];
    const options = { heads: 2, headSize: CHANNELS / 2, causal: false, upcast: false };
    return add(g, tokens, dialect.attention(g, q, k, v, options));
  };
  const groups = { channels: CHANNELS, groups: 4, epsilon: 1e-5, activation: 'silu' } as const;
  const filters = { kernel: 3, stride: 1, padding: [1, 1, 1, 1] } as const;

  const given = g.input({ name: 'image', type: 'float32', dims: IMAGE });
  const context = typed(g.input({ name: 'context', type: 'float32', dims: CONTEXT }));
  const convolve = (x: Value) => dialect.convolution(g, x, weight(CHANNELS, CHANNELS, 3, 3), weight(CHANNELS), filters);
  const normalize = (x: Value) => dialect.groupNorm(g, x, weight(CHANNELS), weight(CHANNELS), groups);

  const image = normalize(convolve(dialect.imageInput(g, given)));
  const tokens = dialect.imageToTokens(g, image, CHANNELS);
  const attended = attend(attend(tokens, tokens), context);
  const normed = dialect.layerNorm(g, attended, weight(CHANNELS), weight(CHANNELS), 1e-5);
  const forward = dialect.activation(g, linear(normed), 'gelu');
  const result = convolve(dialect.upsample(g, dialect.tokensToImage(g, forward, image, CHANNELS), undefined, CHANNELS));
  const dims = [1, CHANNELS, 2 * SIDE, 2 * SIDE];
  g.output({ name: 'y', type: 'float32', dims }, dialect.imageOutput(g, result));
  return g;
}

export function probeInputs(): Record<string, Tensor> {
  return {
    image: tensor('float32', IMAGE, waves(IMAGE, 3)),
    context: tensor('float32', CONTEXT, waves(CONTEXT, 7)),
  };
}

/** Numbers between -1 and 1 without a period. */
function waves(dims: readonly number[], phase: number): Float32Array {
  const length = dims.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, index) => Math.sin(index * (index % 13) + phase));
}
