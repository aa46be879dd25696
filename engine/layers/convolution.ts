import type { Value } from '../onnx/graph-builder.ts';
import type { LayerScope } from './layer-scope.ts';

export interface ConvolutionSize {
  readonly from: number;
  readonly to: number;
  /** Odd; 3 by default. */
  readonly kernel?: number;
}

/** torch.nn.Conv2d that keeps the image's size. */
export function convolution(s: LayerScope, image: Value, { from, to, kernel = 3 }: ConvolutionSize): Value {
  const pad = (kernel - 1) / 2;
  return convolve(s, image, from, to, kernel, 1, [pad, pad, pad, pad]);
}

/**
 * Half the size by a convolution of stride 2. With a padding of 0, one row and column of zeros are added at the far
 * edges only (diffusers: Downsample2D), as autoencoders do.
 */
export function downsample(s: LayerScope, image: Value, channels: number, padding: 0 | 1): Value {
  const pads = padding === 1 ? ([1, 1, 1, 1] as const) : ([0, 0, 1, 1] as const);
  return convolve(s, image, channels, channels, 3, 2, pads);
}

/** Twice the size (or that of `like`, where it came from an odd size) by nearest neighbour, then a convolution. */
export function upsample(s: LayerScope, image: Value, channels: number, like?: Value): Value {
  return convolution(s, s.dialect.upsample(s.graph, image, like), { from: channels, to: channels });
}

function convolve(
  s: LayerScope,
  image: Value,
  from: number,
  to: number,
  kernel: number,
  stride: number,
  padding: readonly [number, number, number, number],
): Value {
  const weight = s.weight('weight', [to, from, kernel, kernel]);
  return s.dialect.convolution(s.graph, image, weight, s.weight('bias', [to]), { kernel, stride, padding });
}
