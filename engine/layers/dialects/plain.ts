import { int } from '../../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import { add, cast, concat, multiply, shapeOf } from '../../onnx/operators.ts';
import type { AttentionOptions, ComputeType, Dialect } from '../dialect.ts';
import { cpuDialect } from './cpu.ts';

/** exp of it is 0 beside any score, and float16 holds it. */
const HIDDEN = -10_000;

/** What a provider spells in its own way. */
export interface Spelling extends Partial<Pick<Dialect, 'convolution' | 'linear'>> {
  /** Every token attends to all, in the type that the values have. */
  attention(g: GraphBuilder, q: Value, k: Value, v: Value, options: PlainAttentionOptions): Value;
}

export interface PlainAttentionOptions extends Omit<AttentionOptions, 'causal' | 'upcast'> {
  readonly type: ComputeType;
}

/**
 * What onnxruntime's GPU providers have in common that lack fused operators: the operators of the CPU, in float16 or
 * float32, images channels first. Shapes are computed on the CPU, as these providers do themselves.
 */
export function plainDialect(name: string, computeType: ComputeType, spelling: Spelling): Dialect {
  const toFloat32 = (g: GraphBuilder, x: Value) => (computeType === 'float32' ? x : cast(g, x, 'float32'));
  const fromFloat32 = (g: GraphBuilder, x: Value) => (computeType === 'float32' ? x : cast(g, x, computeType));
  return {
    ...cpuDialect,
    ...spelling,
    id: computeType === 'float16' ? name : `${name} in float32`,
    computeType,
    groupNormType: 'float32',
    get float32() {
      return computeType === 'float32' ? this : plainDialect(name, 'float32', spelling);
    },

    imageInput: fromFloat32,
    imageOutput: toFloat32,

    // The sum of a group's squares does not fit in float16.
    groupNorm(g, image, scale, bias, options) {
      return fromFloat32(g, cpuDialect.groupNorm(g, toFloat32(g, image), scale, bias, options));
    },

    modulatedNorm(g, x, scale, shift, { channels, epsilon }) {
      const ones = g.constant('float32', Array<number>(channels).fill(1));
      return add(g, multiply(g, this.layerNorm(g, x, ones, undefined, epsilon), scale), shift);
    },

    // None of their kernels hides later tokens by itself.
    attention(g, q, k, v, { causal, upcast, positionBias, ...options }) {
      const type = upcast ? 'float32' : computeType;
      const typed = (x: Value) => (type === computeType ? x : toFloat32(g, x));
      const biases = [
        ...(positionBias ? [positionBias] : []),
        ...(causal ? [fromFloat32(g, laterTokens(g, q, k))] : []),
      ];
      const bias = biases.length > 0 ? { positionBias: typed(biases.reduce((sum, each) => add(g, sum, each))) } : {};
      const attended = spelling.attention(g, typed(q), typed(k), typed(v), { ...options, ...bias, type });
      return type === computeType ? attended : fromFloat32(g, attended);
    },
  };
}

/** float32 [1, 1, tokens of q, tokens of k]: what hides from each token those after it. */
function laterTokens(g: GraphBuilder, q: Value, k: Value): Value {
  const shape = concat(g, [g.constant('int64', [1, 1]), shapeOf(g, q, 1, 2), shapeOf(g, k, 1, 2)], 0);
  const everywhere = g.node('Expand', [g.constant('float32', [HIDDEN]), shape]);
  return g.node('Trilu', [everywhere, g.constant('int64', [1], [])], { attributes: { upper: int(1) } });
}
