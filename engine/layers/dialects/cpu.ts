import { float, int, ints, text } from '../../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import { add, concat, multiply, reshape, reshapeLike, shapeOf, splitLast, transpose } from '../../onnx/operators.ts';
import type { Activation, Dialect } from '../dialect.ts';

/**
 * onnxruntime's CPU provider: float32, images channels first (the runtime itself blocks them for its convolutions).
 * Opset 21 is the newest that all of Headroom's providers have kernels for.
 */
export const cpuDialect: Dialect = {
  id: 'cpu',
  opset: 21,
  isFused: false,
  computeType: 'float32',
  keptTypes: [],
  get float32() {
    return cpuDialect;
  },

  imageInput: (_g, x) => x,
  imageOutput: (_g, x) => x,

  imageToTokens(g, x, channels) {
    return transpose(g, reshape(g, x, [0, channels, -1]), [0, 2, 1]);
  },

  tokensToImage(g, tokens, like) {
    return reshapeLike(g, transpose(g, tokens, [0, 2, 1]), like);
  },

  joinChannels: (g, images) => concat(g, images, 1),

  addToChannels(g, image, vector) {
    return add(g, image, g.node('Unsqueeze', [vector, g.constant('int64', [2, 3])]));
  },

  convolution(g, image, { value: filters }, bias, { kernel, stride, padding }) {
    return g.node('Conv', [image, filters, bias], {
      attributes: { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints(padding) },
    });
  },

  // There is no group norm kernel: a group is one channel to instance norm, and each channel is scaled afterwards.
  groupNorm(g, image, scale, bias, { channels, groups, epsilon, activation }) {
    const ones = g.constant('float32', Array<number>(groups).fill(1));
    const zeros = g.constant('float32', Array<number>(groups).fill(0));
    const normalized = g.node('InstanceNormalization', [reshape(g, image, [0, groups, -1]), ones, zeros], {
      attributes: { epsilon: float(epsilon) },
    });
    const perChannel = (vector: Value) => reshape(g, vector, [channels, 1, 1]);
    const scaled = multiply(g, reshapeLike(g, normalized, image), perChannel(scale));
    const result = add(g, scaled, perChannel(bias));
    return activation ? activate(g, result, activation) : result;
  },

  convolutionGroupNorm(image, { graph, filters, bias, options }, vector, norm) {
    const convolved = this.convolution(graph, image, filters, bias, options);
    const sum = this.addToChannels(graph, convolved, vector);
    return this.groupNorm(norm.graph, sum, norm.scale, norm.bias, norm.options);
  },

  upsample(g, image, like) {
    const scales = like ? undefined : g.constant('float32', [1, 1, 2, 2]);
    const sizes = like && concat(g, [shapeOf(g, image, 0, 2), shapeOf(g, like, 2, 4)], 0);
    return g.node('Resize', [image, undefined, scales, sizes], {
      attributes: {
        mode: text('nearest'),
        coordinate_transformation_mode: text('asymmetric'),
        nearest_mode: text('floor'),
      },
    });
  },

  forEachImage: (_g, number) => number,

  linear(g, x, weight, bias) {
    const product = g.node('FusedMatMul', [x, weight.value], {
      domain: 'com.microsoft',
      attributes: {
        transB: int(weight.isTransposed ? 0 : 1),
        ...(weight.scale === undefined ? {} : { alpha: float(weight.scale) }),
      },
    });
    return bias ? add(g, product, bias) : product;
  },

  linearWithResidual(x, { graph, weight, bias }, residual) {
    return add(graph, this.linear(graph, x, weight, bias), residual);
  },

  linearWithResidualNorm(x, linear, residual, norm) {
    const sum = this.linearWithResidual(x, linear, residual);
    return { sum, normalized: this.layerNorm(norm.graph, sum, norm.scale, norm.bias, norm.epsilon) };
  },

  gatedGelu(x, { graph, weight, bias }) {
    const [value, gate] = splitLast(graph, this.linear(graph, x, weight, bias), 2) as [Value, Value];
    return multiply(graph, value, this.activation(graph, gate, 'gelu'));
  },

  linearGelu(x, { graph, weight, bias }) {
    return this.activation(graph, this.linear(graph, x, weight, bias), 'gelu_tanh');
  },

  linearHeadNorm(x, { graph, weight, bias }, { graph: g, scale, heads, headSize, epsilon }) {
    const perHead = reshape(g, this.linear(graph, x, weight, bias), [0, 0, heads, headSize]);
    return reshape(g, this.rmsNorm(g, perHead, scale, epsilon), [0, 0, heads * headSize]);
  },

  layerNorm(g, x, scale, bias, epsilon) {
    return g.node('LayerNormalization', [x, scale, bias], { attributes: { axis: int(-1), epsilon: float(epsilon) } });
  },

  modulatedNorm(g, x, scale, shift, { epsilon }) {
    return this.layerNorm(g, x, scale, shift, epsilon);
  },

  rmsNorm(g, x, scale, epsilon) {
    return g.node('SimplifiedLayerNormalization', [x, scale], {
      attributes: { axis: int(-1), epsilon: float(epsilon) },
    });
  },

  activation: activate,

  rotaryEmbedding(g, tokens, cosines, sines) {
    const firstPosition = g.constant('int64', [0]);
    return g.node('RotaryEmbedding', [tokens, firstPosition, cosines, sines], {
      domain: 'com.microsoft',
      attributes: { interleaved: int(1) },
    });
  },

  attention(g, q, k, v, { heads, causal, scale, positionBias }) {
    const inputs = positionBias ? [q, k, v, undefined, undefined, positionBias] : [q, k, v];
    return g.node('MultiHeadAttention', inputs, {
      domain: 'com.microsoft',
      attributes: {
        num_heads: int(heads),
        ...(causal ? { unidirectional: int(1) } : {}),
        ...(scale === undefined ? {} : { scale: float(scale) }),
      },
    });
  },
};

function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'silu': // x · sigmoid(1 · x)
      return g.node('QuickGelu', [x], { domain: 'com.microsoft', attributes: { alpha: float(1) } });
    case 'quick_gelu':
      return g.node('QuickGelu', [x], { domain: 'com.microsoft', attributes: { alpha: float(1.702) } });
    case 'gelu':
      return g.node('Gelu', [x], { domain: 'com.microsoft' });
    case 'gelu_tanh':
      return g.node('FastGelu', [x], { domain: 'com.microsoft' });
  }
}
