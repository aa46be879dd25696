import type { Value } from '../onnx/graph-builder.ts';
import { add } from '../onnx/operators.ts';
import { convolution, sameSizeConvolution } from './convolution.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear } from './linear.ts';
import { groupNorm, groupNormWeights } from './normalization.ts';

export interface ResnetBlockSize {
  readonly from: number;
  readonly to: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** The timestep's embedding after its SiLU, [batch or 1, channels]. */
export interface TimeEmbedding {
  readonly value: Value;
  readonly channels: number;
}

/** Residual block of denoisers and autoencoders (diffusers: ResnetBlock2D). */
export function resnetBlock(
  s: LayerScope,
  image: Value,
  { from, to, groups, epsilon }: ResnetBlockSize,
  time?: TimeEmbedding,
): Value {
  const norm1 = groupNorm(s.scope('norm1'), image, { channels: from, groups, epsilon, activation: 'silu' });
  const norm2 = betweenConvolutions(s, norm1, { from, to, groups, epsilon }, time);
  const residual = convolution(s.scope('conv2'), norm2, { from: to, to });
  const shortcut = from === to ? image : convolution(s.scope('conv_shortcut'), image, { from, to, kernel: 1 });
  // onnxruntime computes the first operand first: the shortcut would be kept through both convolutions.
  return add(s.graph, residual, shortcut);
}

/** The first convolution, the timestep and the second norm. */
function betweenConvolutions(
  s: LayerScope,
  image: Value,
  { from, to, groups, epsilon }: ResnetBlockSize,
  time: TimeEmbedding | undefined,
): Value {
  const norm = { channels: to, groups, epsilon, activation: 'silu' } as const;
  if (!time) return groupNorm(s.scope('norm2'), convolution(s.scope('conv1'), image, { from, to }), norm);
  const vector = linear(s.scope('time_emb_proj'), time.value, { from: time.channels, to });
  const first = sameSizeConvolution(s.scope('conv1'), { from, to });
  return s.dialect.convolutionGroupNorm(image, first, vector, groupNormWeights(s.scope('norm2'), norm));
}
