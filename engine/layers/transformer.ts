import type { Value } from '../onnx/graph-builder.ts';
import { add, multiply, splitLast } from '../onnx/operators.ts';
import { attention, type Context, DIFFUSERS_NAMES } from './attention.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear } from './linear.ts';
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
  const attended = attention(s.scope('attn1'), norm1, layer, onlyCrossAttention ? context : undefined);
  const afterSelf = add(s.graph, attended, tokens);
  const norm2 = layerNorm(s.scope('norm2'), afterSelf, channels);
  const afterCross = add(s.graph, attention(s.scope('attn2'), norm2, layer, context), afterSelf);
  const norm3 = layerNorm(s.scope('norm3'), afterCross, channels);
  return add(s.graph, feedForward(s.scope('ff.net'), norm3, channels), afterCross);
}

/** GEGLU (https://arxiv.org/abs/2002.05202) to four times the channels and back. */
function feedForward(s: LayerScope, tokens: Value, channels: number): Value {
  const inner = 4 * channels;
  const projected = linear(s.scope('0.proj'), tokens, { from: channels, to: 2 * inner });
  const [value, gate] = splitLast(s.graph, projected, 2) as [Value, Value];
  const gated = multiply(s.graph, value, s.dialect.activation(s.graph, gate, 'gelu'));
  return linear(s.scope('2'), gated, { from: inner, to: channels });
}
