import { concat, shapeOf } from '../../onnx/operators.ts';
import type { Dialect } from '../dialect.ts';
import { cpuDialect } from './cpu.ts';
import { plainDialect } from './plain.ts';

/**
 * onnxruntime's DirectML provider. Its kernels end with opset 21 (docs/OperatorKernels.md). It runs nodes one after another
 * and without memory patterns, which is how Headroom runs all of them.
 */
export const dmlDialect: Dialect = plainDialect('dml', 'float16', {
  // The kernel broadcasts no bias.
  attention(g, q, k, v, { positionBias, ...options }) {
    const count = g.constant('int64', [options.heads]);
    const shape = () => concat(g, [shapeOf(g, q, 0, 1), count, shapeOf(g, q, 1, 2), shapeOf(g, k, 1, 2)], 0);
    const bias = positionBias ? { positionBias: g.node('Expand', [positionBias, shape()]) } : {};
    return cpuDialect.attention(g, q, k, v, { ...options, ...bias, causal: false, upcast: false });
  },
});
