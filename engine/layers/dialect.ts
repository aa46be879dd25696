import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { FoundWeight, WeightType } from '../weights/weight-view.ts';

/** The type a device computes in. Graph inputs and outputs are float32 whatever it is. */
export type ComputeType = 'float32' | 'float16';

export type Activation = 'silu' | 'gelu' | 'gelu_tanh' | 'quick_gelu';

/**
 * What a device has: its precision and how it spells the operators that differ between devices. Network files speak to
 * this interface only.
 *
 * Two kinds of values go through it. *Tokens* are [batch, tokens, channels]. *Images* are in a layout of the dialect's
 * own (channels first or last), which they enter by `imageInput` or `tokensToImage` and leave by `imageOutput` or
 * `imageToTokens`; between those, only this interface and element-wise sums of two images touch them.
 */
export interface Dialect {
  readonly id: string;
  readonly opset: number;
  /** Whether it spells all that the device has fused operators for in those, and leaves nothing for the runtime to fuse. */
  readonly isFused: boolean;
  readonly computeType: ComputeType;
  /** The type that its group norms want scale and bias in, where that is not `computeType`. */
  readonly groupNormType?: ComputeType;
  /** The types of which it keeps matrices in memory as they are stored, and casts them where they are used (`isKept`). */
  readonly keptTypes: readonly WeightType[];
  /** Those of them of which it keeps the filters of convolutions, too. */
  readonly keptFilters?: readonly WeightType[];
  /** Whether these are made channels last before they are loaded, and not in each run. Those with a scale are not kept then. */
  readonly turnsFilters?: boolean;
  /** One of these, if matrices in wider types are turned into it before they are loaded. */
  readonly matrixType?: 'float8e4m3';
  /** The same device computing in float32, for networks that overflow in a smaller type. */
  readonly float32: Dialect;

  /** float32 [batch, channels, height, width] → image */
  imageInput(g: GraphBuilder, x: Value): Value;
  /** image → float32 [batch, channels, height, width] */
  imageOutput(g: GraphBuilder, x: Value): Value;
  /** image → tokens [batch, height · width, channels] */
  imageToTokens(g: GraphBuilder, x: Value, channels: number): Value;
  /** tokens → image with the height and width of `like`, which has as many channels */
  tokensToImage(g: GraphBuilder, tokens: Value, like: Value, channels: number): Value;
  /** Joins images of the same size along their channels. */
  joinChannels(g: GraphBuilder, images: readonly Value[]): Value;
  /** image + vector [batch or 1, channels], the same for every pixel */
  addToChannels(g: GraphBuilder, image: Value, vector: Value): Value;
  convolution(g: GraphBuilder, image: Value, filters: Filters, bias: Value, options: ConvolutionOptions): Value;
  /** `scale` and `bias` in `groupNormType` */
  groupNorm(g: GraphBuilder, image: Value, scale: Value, bias: Value, options: GroupNormOptions): Value;
  /** The group norm of convolution(image) + `vector` [batch or 1, channels]. Nothing else needs that sum. */
  convolutionGroupNorm(image: Value, convolution: Convolution, vector: Value, norm: GroupNorm): Value;
  /** Nearest neighbour to the height and width of `like`, or to twice the size. */
  upsample(g: GraphBuilder, image: Value, like: Value | undefined, channels: number): Value;
  /** One number for all images, float32 [1] → vectors made from it fit images: [1], or [batch] with the batch of `sample` */
  forEachImage(g: GraphBuilder, number: Value, sample: Value): Value;

  /** x · weightᵀ + bias over the last dimension */
  linear(g: GraphBuilder, x: Value, weight: Matrix, bias: Value | undefined): Value;
  /** x · weightᵀ + bias + residual */
  linearWithResidual(x: Value, linear: Linear, residual: Value): Value;
  /** x · weightᵀ + bias + residual, and its layer norm */
  linearWithResidualNorm(x: Value, linear: Linear, residual: Value, norm: LayerNorm): ResidualNorm;
  /** The first half of x · weightᵀ + bias times the GELU of the second (https://arxiv.org/abs/2002.05202), `channels` each */
  gatedGelu(x: Value, linear: Linear, channels: number): Value;
  /** gelu_tanh(x · weightᵀ + bias) */
  linearGelu(x: Value, linear: Linear): Value;
  /** The RMS norm of each head of x · weightᵀ + bias. */
  linearHeadNorm(x: Value, linear: Linear, norm: HeadNorm): Value;
  layerNorm(g: GraphBuilder, x: Value, scale: Value, bias: Value | undefined, epsilon: number): Value;
  /** The same with a scale and a shift of each batch entry, [batch, 1, channels]. All of it is float32. */
  modulatedNorm(g: GraphBuilder, x: Value, scale: Value, shift: Value, norm: PlainNorm): Value;
  /** x / √(mean(x²) + epsilon) · scale over the last dimension (https://arxiv.org/abs/1910.07467) */
  rmsNorm(g: GraphBuilder, x: Value, scale: Value, epsilon: number): Value;
  activation(g: GraphBuilder, x: Value, activation: Activation): Value;
  /**
   * Turns each pair of neighbouring channels by an angle of its token (https://arxiv.org/abs/2104.09864). `cosines` and
   * `sines` are [tokens, headSize / 2]: the same for every head and batch entry.
   */
  rotaryEmbedding(g: GraphBuilder, tokens: Value, cosines: Value, sines: Value): Value;
  /** softmax(q · kᵀ · scale + positionBias) · v per head, on tokens whose channels are heads · headSize */
  attention(g: GraphBuilder, q: Value, k: Value, v: Value, options: AttentionOptions): Value;
}

export interface ConvolutionOptions {
  /** Of the image; a dialect that need not know them may leave them out. */
  readonly channels?: number;
  readonly kernel: number;
  readonly stride: number;
  /** [top, left, bottom, right] */
  readonly padding: readonly [number, number, number, number];
}

/** The filters of a convolution in torch's layout [out, in, height, width], unless they are kept channels last. */
export interface Filters {
  readonly value: Value;
  /** Only of those that are computed in each run, from weights that are kept (`isKept`). */
  readonly keptAs?: 'channels first' | 'channels last';
}

/** A convolution and its place in the graph. */
export interface Convolution {
  readonly graph: GraphBuilder;
  readonly filters: Filters;
  readonly bias: Value;
  readonly options: ConvolutionOptions;
}

/** A group norm and its place in the graph. */
export interface GroupNorm {
  readonly graph: GraphBuilder;
  readonly scale: Value;
  readonly bias: Value;
  readonly options: GroupNormOptions;
}

/** The weight of a linear layer in torch's layout [out, in], or [in, out] if it is transposed. */
export interface Matrix {
  readonly value: Value;
  readonly isTransposed: boolean;
  /** What its numbers are still to be multiplied by; only one that is kept as it is stored has it. */
  readonly scale?: number | undefined;
}

/**
 * Whether a device keeps a weight as it is stored. Filters of convolutions are made channels last, too: once where they are
 * constant, else before they are loaded or in each run. Vectors are small.
 *
 * @param weight with the shape that it is stored in
 */
export function isKept(
  { keptTypes, keptFilters = [], turnsFilters = false }: Dialect,
  { type, shape, scale }: Pick<FoundWeight, 'type' | 'shape' | 'scale'>,
): boolean {
  if (shape.length === 2) return keptTypes.includes(type);
  return shape.length === 4 && keptFilters.includes(type) && !(turnsFilters && scale);
}

/** A linear layer and its place in the graph. */
export interface Linear {
  readonly graph: GraphBuilder;
  readonly weight: Matrix;
  readonly bias: Value;
}

/** A layer norm over the last dimension and its place in the graph. */
export interface LayerNorm {
  readonly graph: GraphBuilder;
  readonly scale: Value;
  readonly bias: Value;
  readonly epsilon: number;
}

/** A layer norm without weights. */
export interface PlainNorm {
  readonly channels: number;
  readonly epsilon: number;
}

/** An RMS norm over the channels of a head and its place in the graph. */
export interface HeadNorm {
  readonly graph: GraphBuilder;
  /** [headSize] */
  readonly scale: Value;
  readonly heads: number;
  readonly headSize: number;
  readonly epsilon: number;
}

export interface ResidualNorm {
  readonly sum: Value;
  readonly normalized: Value;
}

export interface GroupNormOptions {
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Applied to the result, so that devices with a fused kernel can use it. */
  readonly activation: 'silu' | undefined;
}

export interface AttentionOptions {
  readonly heads: number;
  /** Each token attends to itself and those before it. */
  readonly causal: boolean;
  /** The model was trained with scores in float32 and overflows in float16. */
  readonly upcast: boolean;
  /** Channels of a head. */
  readonly headSize: number;
  /** 1 / √headSize by default. */
  readonly scale?: number;
  /** Added to the scores: [1 or batch, heads, tokens of q, tokens of k]. */
  readonly positionBias?: Value;
}
