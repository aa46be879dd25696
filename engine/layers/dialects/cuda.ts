import { float, int, ints, text } from '../../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import { add, cast, concat, multiply, reshape, reshapeLike, shapeOf, transpose } from '../../onnx/operators.ts';
import type { WeightType } from '../../weights/weight-view.ts';
import type { ComputeType, ConvolutionOptions, Dialect, Filters, GroupNormOptions } from '../dialect.ts';
import { cpuDialect } from './cpu.ts';

/** onnxruntime's kernel for gated GELU is compiled for these halves only (bias_split_gelu_impl.cu). */
const GATED_GELU_CHANNELS = new Set([1280, 2560, 3072, 5120, 6144]);
/** onnxruntime's group norm reads two channels at once, and at most this many of one group (group_norm_impl.cu). */
const LARGEST_GROUP = 512;

const FLOAT8: readonly WeightType[] = ['float8e4m3', 'float8e5m2'];
/** Types of no more bits than float16. */
const NARROW: readonly WeightType[] = ['bfloat16', ...FLOAT8];

/** What stays in memory as it is stored. */
const KEPT: Readonly<Record<ComputeType, Pick<Dialect, 'keptTypes' | 'keptFilters' | 'turnsFilters'>>> = {
  float16: { keptTypes: NARROW, keptFilters: FLOAT8, turnsFilters: true },
  float32: { keptTypes: ['float16', ...NARROW], keptFilters: ['float16', ...NARROW] },
};

/**
 * onnxruntime's CUDA provider: images channels last, as the tensor cores want them, and fused kernels.
 *
 * Shapes are never computed: onnxruntime does that on the CPU, and no node of these graphs is to run there
 * (`session.disable_cpu_ep_fallback`).
 *
 * In float16 the sums inside of matrix products, norms and attention are float32; what is stored between kernels is not.
 * Networks whose activations do not fit take `float32`.
 *
 * A matrix in bfloat16 or eight bits is cast before each use, which costs next to nothing beside its product: a model in eight
 * bits takes half the memory, and none has to be turned into float16 before it is loaded. Filters in eight bits are kept, too, but
 * made channels last beforehand: turned in each run, they cost SD 1.5's denoiser 23 instead of 20 ms a call at 1024 px, where
 * float16 takes 19. In float32, which is for networks that run once for each picture, all are kept and turned in the run.
 */
export const cudaDialect: Dialect = dialect('float16');

function dialect(computeType: ComputeType): Dialect {
  const toFloat32 = (g: GraphBuilder, x: Value) => (computeType === 'float32' ? x : cast(g, x, 'float32'));
  const fromFloat32 = (g: GraphBuilder, x: Value) => (computeType === 'float32' ? x : cast(g, x, computeType));
  return {
    ...cpuDialect,
    id: computeType === 'float16' ? 'cuda' : 'cuda in float32',
    isFused: true,
    computeType,
    groupNormType: 'float32',
    ...KEPT[computeType],
    get float32() {
      return computeType === 'float32' ? this : dialect('float32');
    },

    imageInput: (g, x) => toChannelsLast(g, fromFloat32(g, x)),
    imageOutput: (g, x) => toFloat32(g, toChannelsFirst(g, x)),
    imageToTokens: (g, x, channels) => reshape(g, x, [0, -1, channels]),
    tokensToImage: (g, tokens, like) => reshapeLike(g, tokens, like),
    joinChannels: (g, images) => concat(g, images, 3),
    addToChannels(g, image, vector) {
      return add(g, image, g.node('Unsqueeze', [vector, g.constant('int64', [1, 2])]));
    },
    // The fused kernel adds one vector for each image, and none for all.
    forEachImage: (g, number, sample) => g.node('Expand', [number, shapeOf(g, sample, 0, 1)]),

    convolution,
    groupNorm(g, image, scale, bias, options) {
      if (hasFusedGroupNorm(options)) return fusedGroupNorm(g, 'GroupNorm', [image, scale, bias], options);
      const rows = toFloat32(g, swapped(g, reshape(g, image, [0, -1, options.channels])));
      const normalized = swapped(g, groupsAsChannels(g, rows, options));
      const result = add(g, multiply(g, reshapeLike(g, normalized, image), scale), bias);
      return fromFloat32(g, options.activation ? cpuDialect.activation(g, result, options.activation) : result);
    },
    convolutionGroupNorm(image, first, vector, { graph: g, scale, bias, options }) {
      if (!hasFusedGroupNorm(options)) {
        return cpuDialect.convolutionGroupNorm.call(this, image, first, vector, { graph: g, scale, bias, options });
      }
      // With filters that are kept, the convolution needs its bias itself.
      const [own, later] = first.filters.keptAs ? [first.bias, undefined] : [undefined, first.bias];
      const convolved = convolution(first.graph, image, first.filters, own, first.options);
      return fusedGroupNorm(g, 'SkipGroupNorm', [convolved, scale, bias, vector, later], options);
    },

    upsample(g, image, like, channels) {
      const scales = like ? undefined : g.constant('float32', [1, 2, 2, 1]);
      return g.node('Resize', [image, undefined, scales, like && sizeOf(g, like, channels)], {
        attributes: {
          mode: text('nearest'),
          coordinate_transformation_mode: text('asymmetric'),
          nearest_mode: text('floor'),
        },
      });
    },

    linearWithResidual(x, { graph: g, weight, bias }, residual) {
      return g.node('BiasAdd', [this.linear(g, x, weight, undefined), bias, residual], { domain: 'com.microsoft' });
    },

    linearWithResidualNorm(x, { graph: g, weight, bias }, residual, norm) {
      const inputs = [this.linear(g, x, weight, undefined), residual, norm.scale, norm.bias, bias];
      // Outputs 1 and 2 are the mean and the inverse of the standard deviation.
      const [normalized, , , sum] = norm.graph.nodes('SkipLayerNormalization', inputs, 4, {
        domain: 'com.microsoft',
        attributes: { epsilon: float(norm.epsilon) },
        omitted: [1, 2],
      }) as [Value, Value, Value, Value];
      return { sum, normalized };
    },

    gatedGelu(x, linear, channels) {
      if (!GATED_GELU_CHANNELS.has(channels)) return cpuDialect.gatedGelu.call(this, x, linear, channels);
      const { graph: g, weight, bias } = linear;
      return g.node('BiasSplitGelu', [this.linear(g, x, weight, undefined), bias], { domain: 'com.microsoft' });
    },

    linearGelu(x, { graph: g, weight, bias }) {
      return g.node('FastGelu', [this.linear(g, x, weight, undefined), bias], { domain: 'com.microsoft' });
    },

    // The kernel adds a vector to each row and norms it: here rows are heads. Its own bias would be the same for all heads.
    linearHeadNorm(x, { graph, weight, bias }, { graph: g, scale, heads, headSize, epsilon }) {
      const product = this.linear(graph, x, weight, undefined);
      const inputs = [reshape(g, product, [-1, heads, headSize]), reshape(g, bias, [1, heads, headSize]), scale];
      const normalized = g.node('SkipSimplifiedLayerNormalization', inputs, {
        domain: 'com.microsoft',
        attributes: { epsilon: float(epsilon) },
      });
      return reshapeLike(g, normalized, product);
    },

    // The fused kernels keep scores in float32, except those for the oldest tensor cores: there, scores that need float32
    // overflow before they are scaled. A power of two, most of the scale, is exact to multiply with beforehand.
    attention(g, q, k, v, options) {
      const { upcast, headSize } = options;
      if (!upcast || !headSize || computeType === 'float32') return cpuDialect.attention(g, q, k, v, options);
      const scale = options.scale ?? 1 / Math.sqrt(headSize);
      const power = 2 ** Math.round(Math.log2(scale));
      const scaled = multiply(g, q, g.constant(computeType, [power]));
      return cpuDialect.attention(g, scaled, k, v, { ...options, scale: scale / power });
    },
  };
}

const toChannelsLast = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 2, 3, 1]);
const toChannelsFirst = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 3, 1, 2]);
const swapped = (g: GraphBuilder, rows: Value) => transpose(g, rows, [0, 2, 1]);

/** The shape of an image that is as large as `like` with that many channels. It is read off one: see `cudaDialect`. */
function sizeOf(g: GraphBuilder, like: Value, channels: number): Value {
  const [from, to, axis] = [0, 1, 3].map((number) => g.constant('int64', [number])) as [Value, Value, Value];
  const firstChannel = g.node('Slice', [like, from, to, axis]);
  return g.node('Shape', [g.node('Expand', [firstChannel, g.constant('int64', [1, 1, 1, channels])])]);
}

/**
 * onnxruntime's own channels-last convolution. It takes torch's filters and turns them on the device, once; where they are not
 * constant but its bias is, it takes them turned (onnxruntime: Conv::PrePack, which only sees constants).
 */
function convolution(
  g: GraphBuilder,
  image: Value,
  filters: Filters,
  bias: Value | undefined,
  { kernel, stride, padding }: ConvolutionOptions,
): Value {
  const [top, left, bottom, right] = padding;
  if (top !== bottom || left !== right) {
    // cuDNN pads both sides alike.
    const padded = g.node('Pad', [image, g.constant('int64', [0, top, left, 0, 0, bottom, right, 0])]);
    return convolution(g, padded, filters, bias, { kernel, stride, padding: [0, 0, 0, 0] });
  }
  const attributes = { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints(padding) };
  const wanted = filters.keptAs === 'channels first' ? toChannelsLast(g, filters.value) : filters.value;
  return g.node('Conv', [image, wanted, bias], { domain: 'com.ms.internal.nhwc', attributes });
}

/** Normalizes [batch, channels, pixels] by groups: to instance norm, each is one channel. */
function groupsAsChannels(g: GraphBuilder, rows: Value, { channels, groups, epsilon }: GroupNormOptions): Value {
  const ones = g.constant('float32', Array<number>(groups).fill(1));
  const zeros = g.constant('float32', Array<number>(groups).fill(0));
  const attributes = { epsilon: float(epsilon) };
  const normalized = g.node('InstanceNormalization', [reshape(g, rows, [0, groups, -1]), ones, zeros], { attributes });
  return reshape(g, normalized, [0, channels, -1]);
}

function hasFusedGroupNorm({ channels, groups }: GroupNormOptions): boolean {
  const size = channels / groups;
  return size % 2 === 0 && size <= LARGEST_GROUP;
}

function fusedGroupNorm(
  g: GraphBuilder,
  operator: 'GroupNorm' | 'SkipGroupNorm',
  inputs: readonly (Value | undefined)[],
  { groups, epsilon, activation }: GroupNormOptions,
): Value {
  return g.node(operator, inputs, {
    domain: 'com.microsoft',
    attributes: {
      groups: int(groups),
      epsilon: float(epsilon),
      activation: int(activation === 'silu' ? 1 : 0),
      channels_last: int(1),
    },
  });
}
