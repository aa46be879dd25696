import type { Value } from '../onnx/graph-builder.ts';
import type { Convolution, ConvolutionOptions } from './dialect.ts';
import type { LayerScope } from './layer-scope.ts';

export interface ConvolutionSize {
  readonly from: number;
  readonly to: number;
  /** Odd; 3 by default. */
  readonly kernel?: number;
}

/** torch.nn.Conv2d that keeps the image's size. */
export function convolution(s: LayerScope, image: Value, size: ConvolutionSize): Value {
  return convolve(image, sameSizeConvolution(s, size), s);
}

/** The convolution with its weights, for layers that a device computes together with what follows. */
export function sameSizeConvolution(s: LayerScope, { from, to, kernel = 3 }: ConvolutionSize): Convolution {
  const pad = (kernel - 1) / 2;
  return withWeights(s, from, to, { kernel, stride: 1, padding: [pad, pad, pad, pad] });
}

/**
 * Half the size by a convolution of stride 2. With a padding of 0, one row and column of zeros are added at the far
 * edges only (diffusers: Downsample2D), as autoencoders do.
 */
export function downsample(s: LayerScope, image: Value, channels: number, padding: 0 | 1): Value {
  const pads = padding === 1 ? ([1, 1, 1, 1] as const) : ([0, 0, 1, 1] as const);
  return convolve(image, withWeights(s, channels, channels, { kernel: 3, stride: 2, padding: pads }), s);
}

/** Half the size to another number of channels. */
export function halvingConvolution(s: LayerScope, image: Value, { from, to }: Omit<ConvolutionSize, 'kernel'>): Value {
  return convolve(image, withWeights(s, from, to, { kernel: 3, stride: 2, padding: [1, 1, 1, 1] }), s);
}

/** Twice the size (or that of `like`, where it came from an odd size) by nearest neighbour, then a convolution. */
export function upsample(s: LayerScope, image: Value, channels: number, like?: Value): Value {
  return convolution(s, s.dialect.upsample(s.graph, image, like, channels), { from: channels, to: channels });
}

function withWeights(s: LayerScope, from: number, to: number, options: ConvolutionOptions): Convolution {
  const filters = s.filters('weight', [to, from, options.kernel, options.kernel]);
  return { graph: s.graph, filters, bias: s.weight('bias', [to]), options: { ...options, channels: from } };
}

function convolve(image: Value, { graph, filters, bias, options }: Convolution, { dialect }: LayerScope): Value {
  return dialect.convolution(graph, image, filters, bias, options);
}
