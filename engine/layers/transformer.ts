import type { Value } from '../onnx/graph-builder.ts';
import { add } from '../onnx/operators.ts';
import { attentionWithResidualNorm, type Context, DIFFUSERS_NAMES } from './attention.ts';
import type { Linear, ResidualNorm } from './dialect.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear, linearWeights } from './linear.ts';
import { groupNorm, layerNormWeights } from './normalization.ts';

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
  let open: OpenSum | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const block = s.scope(`transformer_blocks.${layer}`);
    open = transformerBlock(block, normalizedSum(block.scope('norm1'), open, hidden, channels), context, size);
    hidden = open.residual;
  }
  hidden = open ? s.dialect.linearWithResidual(open.x, open.linear, open.residual) : hidden;
  hidden = linear(s.scope('proj_out'), hidden, { from: channels, to: channels });
  return add(s.graph, s.dialect.tokensToImage(s.graph, hidden, image, channels), image);
}

/** The end of a block, left for what comes next: the last linear layer and what its result is added to. */
interface OpenSum {
  readonly x: Value;
  readonly linear: Linear;
  readonly residual: Value;
}

/** Closes what the block before left open, or takes the tokens of the first one. */
function normalizedSum(s: LayerScope, open: OpenSum | undefined, first: Value, channels: number): ResidualNorm {
  const norm = layerNormWeights(s, channels);
  if (open) return s.dialect.linearWithResidualNorm(open.x, open.linear, open.residual, norm);
  return { sum: first, normalized: s.dialect.layerNorm(norm.graph, first, norm.scale, norm.bias, norm.epsilon) };
}

/** Self-attention, cross-attention, feed forward, each on a normalized residual (diffusers: BasicTransformerBlock). */
function transformerBlock(
  s: LayerScope,
  { sum, normalized }: ResidualNorm,
  context: Context,
  { channels, heads, onlyCrossAttention, upcastAttention }: TransformerSize,
): OpenSum {
  const layer = { channels, heads, bias: false, causal: false, upcast: upcastAttention, names: DIFFUSERS_NAMES };
  const norm2 = layerNormWeights(s.scope('norm2'), channels);
  const norm3 = layerNormWeights(s.scope('norm3'), channels);
  const selfContext = onlyCrossAttention ? context : undefined;
  const afterSelf = attentionWithResidualNorm(s.scope('attn1'), normalized, layer, selfContext, sum, norm2);
  const { sum: residual, normalized: tokens } = attentionWithResidualNorm(
    s.scope('attn2'),
    afterSelf.normalized,
    layer,
    context,
    afterSelf.sum,
    norm3,
  );
  const inner = 4 * channels;
  const up = linearWeights(s.scope('ff.net.0.proj'), { from: channels, to: 2 * inner });
  const linear = linearWeights(s.scope('ff.net.2'), { from: inner, to: channels });
  return { x: s.dialect.gatedGelu(tokens, up, inner), linear, residual };
}
