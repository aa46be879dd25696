import type { Value } from '../onnx/graph-builder.ts';
import { add } from '../onnx/operators.ts';
import { attention, type Context, DIFFUSERS_NAMES } from './attention.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear, linearWithResidual } from './linear.ts';
import { groupNorm, layerNorm } from './normalization.ts';

export interface TransformerSize {
  readonly channels: number;
  readonly heads: number;
  readonly groups: number;
  /** How many blocks follow each other. */
  readonly layers: number;
  /** Both attentions of a block look at the context, none at the image itself. */
  readonly onlyCrossAttention: boolean;
  readonly upcastAttention: boolean;
}

/**
 * Lets the pixels of an image attend to each other and to the context (diffusers: Transformer2DModel). The projections
 * around the blocks are linear layers or 1×1 convolutions, which are the same on tokens.
 */
export function spatialTransformer(s: LayerScope, image: Value, context: Context, size: TransformerSize): Value {
  const { channels, groups, layers } = size;
  const normalized = groupNorm(s.scope('norm'), image, { channels, groups, epsilon: 1e-6, activation: undefined });
  const tokens = s.dialect.imageToTokens(s.graph, normalized, channels);
  let hidden = linear(s.scope('proj_in'), tokens, { from: channels, to: channels });
  for (let layer = 0; layer < layers; layer++) {
    hidden = transformerBlock(s.scope(`transformer_blocks.${layer}`), hidden, context, size);
  }
  hidden = linear(s.scope('proj_out'), hidden, { from: channels, to: channels });
  return add(s.graph, s.dialect.tokensToImage(s.graph, hidden, image, channels), image);
}

/** Self-attention, cross-attention, feed forward, each on a normalized residual (diffusers: BasicTransformerBlock). */
function transformerBlock(s: LayerScope, tokens: Value, context: Context, size: TransformerSize): Value {
  const { channels, heads, onlyCrossAttention, upcastAttention } = size;
  const layer = { channels, heads, bias: false, causal: false, upcast: upcastAttention, names: DIFFUSERS_NAMES };
  const norm1 = layerNorm(s.scope('norm1'), tokens, channels);
  const selfContext = onlyCrossAttention ? context : undefined;
  const afterSelf = attention(s.scope('attn1'), norm1, layer, selfContext, tokens);
  const norm2 = layerNorm(s.scope('norm2'), afterSelf, channels);
  const afterCross = attention(s.scope('attn2'), norm2, layer, context, afterSelf);
  const norm3 = layerNorm(s.scope('norm3'), afterCross, channels);
  return feedForward(s.scope('ff.net'), norm3, channels, afterCross);
}

/** GEGLU to four times the channels and back, added to `residual`. */
function feedForward(s: LayerScope, tokens: Value, channels: number, residual: Value): Value {
  const inner = 4 * channels;
  const up = s.scope('0.proj');
  const weight = up.weight('weight', [2 * inner, channels]);
  const gated = s.dialect.gatedGelu(up.graph, tokens, weight, up.weight('bias', [2 * inner]), inner);
  return linearWithResidual(s.scope('2'), gated, { from: inner, to: channels }, residual);
}
