import type { Dialect } from '../layers/dialect.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { add, cast } from '../onnx/operators.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';

const CHANNELS = 16;
const HEADS = 2;
const SIDE = 16;
const PIXELS = (SIDE / 2) ** 2;
const CONTEXT = [1, 5, CHANNELS];
const IMAGE = [1, CHANNELS, SIDE, SIDE];

/**
 * A network with all kinds of layers, about as small as it can be: float32 `image` [1, 16, 16, 16] and `context` [1, 5, 16]
 * → `y` like `image`. It attends from 64 pixels and 5 tokens: kernels for few queries are others than those for many.
 */
export function probeNetwork(dialect: Dialect): GraphBuilder {
  const g = GraphBuilder.create('probe', dialect);
  const { computeType, groupNormType = computeType } = dialect;
  const typed = (x: Value, type = computeType) => (type === 'float32' ? x : cast(g, x, type));
  const constant = (dims: readonly number[]) => {
    const inputs = elementCount(dims.slice(1));
    return g.constant('float32', [...waves(dims, inputs).map((value) => value / Math.sqrt(inputs))], dims);
  };
  const weight = (...dims: number[]) => typed(constant(dims));
  // Small beside what they are added to: the same offset in all tokens would hide what attention gets wrong.
  const bias = (type = computeType) =>
    typed(g.constant('float32', [...waves([CHANNELS], 1).map((value) => value / 10)]), type);
  const linear = (x: Value) => dialect.linear(g, x, { value: weight(CHANNELS, CHANNELS), isTransposed: false }, bias());
  const attend = (tokens: Value, context: Value, causal = false, turn = (x: Value) => x) => {
    const [q, k, v] = [turn(linear(tokens)), turn(linear(context)), linear(context)];
    const options = { heads: HEADS, headSize: CHANNELS / HEADS, causal, upcast: false };
    return dialect.attention(g, q, k, v, options);
  };
  const convolve = (x: Value, channels: number, stride: 1 | 2) => {
    const padding = stride === 1 ? ([1, 1, 1, 1] as const) : ([0, 0, 1, 1] as const);
    const options = { channels, kernel: 3, stride, padding };
    return dialect.convolution(g, x, { value: weight(CHANNELS, channels, 3, 3) }, bias(), options);
  };

  const given = g.input({ name: 'image', type: 'float32', dims: IMAGE });
  const context = typed(g.input({ name: 'context', type: 'float32', dims: CONTEXT }));
  const text = dialect.rmsNorm(g, attend(context, context, true), weight(CHANNELS), 1e-6);
  const normalize = (x: Value, activation?: 'silu') => {
    const options = { channels: CHANNELS, groups: 4, epsilon: 1e-5, activation };
    return dialect.groupNorm(g, x, typed(constant([CHANNELS]), groupNormType), bias(groupNormType), options);
  };
  const whole = normalize(convolve(dialect.imageInput(g, given), CHANNELS, 1), 'silu');
  const half = normalize(convolve(whole, CHANNELS, 2));

  const [cosines, sines] = [weight(PIXELS, CHANNELS / HEADS / 2), weight(PIXELS, CHANNELS / HEADS / 2)];
  const turn = (x: Value) => dialect.rotaryEmbedding(g, x, cosines, sines);
  const tokens = dialect.imageToTokens(g, half, CHANNELS);
  const crossed = add(g, tokens, attend(tokens, text));
  const attended = attend(crossed, crossed, false, turn);
  const normed = dialect.layerNorm(g, attended, weight(CHANNELS), bias(), 1e-5);
  const forward = dialect.activation(g, linear(normed), 'gelu');

  const restored = dialect.upsample(g, dialect.tokensToImage(g, forward, half, CHANNELS), whole, CHANNELS);
  const result = convolve(dialect.joinChannels(g, [restored, whole]), 2 * CHANNELS, 1);
  g.output({ name: 'y', type: 'float32', dims: IMAGE }, dialect.imageOutput(g, result));
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
  const length = elementCount(dims);
  return Float32Array.from({ length }, (_, index) => Math.sin(index * (index % 13) + phase));
}
