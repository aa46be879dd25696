import { int } from '../../onnx/attributes.ts';
import type { Value } from '../../onnx/graph-builder.ts';
import { add, concat, multiply, reshape, shapeOf, transpose } from '../../onnx/operators.ts';
import type { Dialect } from '../dialect.ts';
import { cpuDialect } from './cpu.ts';
import { plainDialect } from './plain.ts';

/** onnxruntime's WebGPU provider, on Vulkan, Direct3D 12 or Metal. */
export const webgpuDialect: Dialect = plainDialect('webgpu', 'float16', {
  // It has no matrix product with a transposed factor but that of two matrices, so rows of tokens are made one matrix.
  linear(g, x, weight, bias) {
    const rows = g.node('Flatten', [x], { attributes: { axis: int(-1) } });
    const transB = int(weight.isTransposed ? 0 : 1);
    const product = g.node('Gemm', [rows, weight.value, bias], { attributes: { transB } });
    const shape = concat(g, [shapeOf(g, x, 0, -1), g.constant('int64', [-1])], 0);
    return g.node('Reshape', [product, shape]);
  },

  // With channels in threes that are no multiple of four, its convolutions are wrong (1.29.0; three alone are right). The
  // UNets of inpainting models have nine: they are filled up with zeros.
  convolution(g, image, { value: filters }, bias, { channels = 0, ...options }) {
    const missing = channels > 3 && channels % 3 === 0 ? (4 - (channels % 4)) % 4 : 0;
    const filled = (x: Value) =>
      missing > 0 ? g.node('Pad', [x, g.constant('int64', [0, 0, 0, 0, 0, missing, 0, 0])]) : x;
    return cpuDialect.convolution(g, filled(image), { value: filled(filters) }, bias, options);
  },

  // Its own kernel is not used: from 32 queries on it is wrong on Vulkan (1.29.0: what it keeps of one block of keys is
  // added to the scores of the next), and heads of 512 channels, as autoencoders have, do not fit into it anywhere.
  attention(g, q, k, v, { heads, headSize, scale = 1 / Math.sqrt(headSize), positionBias, type }) {
    const scaled = multiply(g, q, g.constant(type, [scale]));
    const perHead = (x: Value, order: number[]) => transpose(g, reshape(g, x, [0, 0, heads, headSize]), order);
    const scores = g.node('MatMul', [perHead(scaled, [0, 2, 1, 3]), perHead(k, [0, 2, 3, 1])]);
    const biased = positionBias ? add(g, scores, positionBias) : scores;
    const weights = g.node('Softmax', [biased], { attributes: { axis: int(-1) } });
    const attended = g.node('MatMul', [weights, perHead(v, [0, 2, 1, 3])]);
    return reshape(g, transpose(g, attended, [0, 2, 1, 3]), [0, 0, heads * headSize]);
  },
});
