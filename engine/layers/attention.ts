import type { Value } from '../onnx/graph-builder.ts';
import type { AttentionOptions, LayerNorm, ResidualNorm } from './dialect.ts';
import type { LayerScope } from './layer-scope.ts';
import { linear, linearWeights } from './linear.ts';

/** What an attention layer looks at: itself, or other tokens with their own number of channels. */
export interface Context {
  readonly tokens: Value;
  readonly channels: number;
}

export interface AttentionLayer extends Omit<AttentionOptions, 'headSize'> {
  readonly channels: number;
  /** Whether the query, key and value projections have a bias; the output projection always does. */
  readonly bias: boolean;
  /** The names of the four projections in the checkpoint. */
  readonly names: AttentionNames;
}

export interface AttentionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
}

export const DIFFUSERS_NAMES: AttentionNames = { query: 'to_q', key: 'to_k', value: 'to_v', output: 'to_out.0' };

/** Multi-head attention with its four projections: tokens → tokens that have attended to themselves. */
export function attention(s: LayerScope, tokens: Value, layer: AttentionLayer): Value {
  const size = { from: layer.channels, to: layer.channels };
  return linear(s.scope(layer.names.output), attend(s, tokens, layer), size);
}

/** The same with tokens that attend to `context` or to themselves, and the result is added to `residual` and normalized. */
export function attentionWithResidualNorm(
  s: LayerScope,
  tokens: Value,
  layer: AttentionLayer,
  context: Context | undefined,
  residual: Value,
  norm: LayerNorm,
): ResidualNorm {
  const output = linearWeights(s.scope(layer.names.output), { from: layer.channels, to: layer.channels });
  return s.dialect.linearWithResidualNorm(attend(s, tokens, layer, context), output, residual, norm);
}

/** All but the last projection. */
function attend(s: LayerScope, tokens: Value, layer: AttentionLayer, context?: Context): Value {
  const { channels, bias, names } = layer;
  const source = context ?? { tokens, channels };
  const query = linear(s.scope(names.query), tokens, { from: channels, to: channels, bias });
  const key = linear(s.scope(names.key), source.tokens, { from: source.channels, to: channels, bias });
  const value = linear(s.scope(names.value), source.tokens, { from: source.channels, to: channels, bias });
  return s.dialect.attention(s.graph, query, key, value, { ...layer, headSize: channels / layer.heads });
}
