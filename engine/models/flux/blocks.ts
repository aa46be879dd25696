import type { LayerScope } from '../../layers/layer-scope.ts';
import { linear, linearGelu, linearWeights } from '../../layers/linear.ts';
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import { add, concat, multiply, reshape, shapeOf, splitLast } from '../../onnx/operators.ts';
import type { FluxConfig } from './config.ts';

const EPSILON = 1e-6;

/**
 * The tokens of the picture and of the prompt, [batch, tokens, width], float32 on every device: between blocks they leave
 * float16's range, the prompt's most of all.
 */
export interface Streams {
  readonly image: Value;
  readonly text: Value;
}

export interface Conditioning {
  readonly config: FluxConfig;
  readonly width: number;
  /** The embedding of timestep, guidance and pooled prompt after its SiLU: [batch, width] in the compute type. */
  readonly conditioning: Value;
}

/** What every block sees. */
export interface Conditions extends Conditioning {
  /** Of each token's angles: [tokens, attention_head_dim / 2] in the compute type. */
  readonly cosines: Value;
  readonly sines: Value;
}

/** float32 [batch, 1, width] each. */
interface Modulation {
  readonly shift: Value;
  readonly scale: Value;
  readonly gate: Value;
}

/** Picture and prompt have weights of their own and attend to both (diffusers: FluxTransformerBlock). */
export function doubleBlock(s: LayerScope, { image, text }: Streams, conditions: Conditions): Streams {
  const { graph: g } = s;
  const { width } = conditions;
  const [imageAttention, imageMlp] = modulations(s.scope('norm1.linear'), 2, conditions);
  const [textAttention, textMlp] = modulations(s.scope('norm1_context.linear'), 2, conditions);
  const a = s.scope('attn');
  const imageNorm = modulate(s, image, imageAttention, width);
  const textNorm = modulate(s, text, textAttention, width);
  const imageHeads = project(a, imageNorm, ['to_q', 'to_k', 'to_v'], ['norm_q', 'norm_k'], conditions);
  const textNames = ['add_q_proj', 'add_k_proj', 'add_v_proj'] as const;
  const textHeads = project(a, textNorm, textNames, ['norm_added_q', 'norm_added_k'], conditions);
  const both = (index: 0 | 1 | 2) => joinTokens(g, { image: imageHeads[index], text: textHeads[index] });
  const attended = attend(s, [both(0), both(1), both(2)], conditions);
  const parts = splitTokens(g, attended, text);
  const size = { from: width, to: width };
  const afterImage = addGated(s, image, imageAttention, linear(a.scope('to_out.0'), parts.image, size));
  const afterText = addGated(s, text, textAttention, linear(a.scope('to_add_out'), parts.text, size));
  const imageForward = feedForward(s.scope('ff.net'), modulate(s, afterImage, imageMlp, width), width);
  const textForward = feedForward(s.scope('ff_context.net'), modulate(s, afterText, textMlp, width), width);
  return {
    image: addGated(s, afterImage, imageMlp, imageForward),
    text: addGated(s, afterText, textMlp, textForward),
  };
}

/** Attention beside a feed-forward layer, on the tokens of prompt and picture as one (diffusers: FluxSingleTransformerBlock). */
export function singleBlock(s: LayerScope, tokens: Value, conditions: Conditions): Value {
  const { width } = conditions;
  const inner = 4 * width;
  const [modulation] = modulations(s.scope('norm.linear'), 1, conditions);
  const norm = modulate(s, tokens, modulation, width);
  const forward = linearGelu(s.scope('proj_mlp'), norm, { from: width, to: inner });
  const heads = project(s.scope('attn'), norm, ['to_q', 'to_k', 'to_v'], ['norm_q', 'norm_k'], conditions);
  const parallel = [attend(s, heads, conditions), forward];
  const projected = linear(s.scope('proj_out'), concat(s.graph, parallel, 2), { from: width + inner, to: width });
  return addGated(s, tokens, modulation, projected);
}

/** The last layer: one modulation without a gate, then out (diffusers: AdaLayerNormContinuous, proj_out). */
export function finalLayer(s: LayerScope, image: Value, { config, conditioning, width }: Conditioning): Value {
  const projected = linear(s.scope('norm_out.linear'), conditioning, { from: width, to: 2 * width });
  const both = s.toFloat32(reshape(s.graph, projected, [0, 1, 2 * width]));
  const [scale, shift] = splitLast(s.graph, both, 2) as [Value, Value];
  const norm = modulate(s, image, { scale, shift }, width);
  return linear(s.scope('proj_out'), norm, { from: width, to: config.out_channels ?? config.in_channels });
}

/** The prompt's tokens first. */
export function joinTokens(g: GraphBuilder, { image, text }: Streams): Value {
  return concat(g, [text, image], 1);
}

/** Undoes `joinTokens`; `text` has as many tokens as the prompt's. */
export function splitTokens(g: GraphBuilder, tokens: Value, text: Value): Streams {
  const [start, end, axis] = [[0], [Number.MAX_SAFE_INTEGER], [1]].map((number) => g.constant('int64', number));
  const length = shapeOf(g, text, 1, 2);
  return {
    image: g.node('Slice', [tokens, length, end, axis]),
    text: g.node('Slice', [tokens, start, length, axis]),
  };
}

function modulations(s: LayerScope, count: 1, conditions: Conditioning): [Modulation];
function modulations(s: LayerScope, count: 2, conditions: Conditioning): [Modulation, Modulation];
function modulations(s: LayerScope, count: 1 | 2, { conditioning, width }: Conditioning): Modulation[] {
  const size = 3 * count * width;
  const projected = linear(s, conditioning, { from: width, to: size });
  const parts = splitLast(s.graph, s.toFloat32(reshape(s.graph, projected, [0, 1, size])), 3 * count);
  return Array.from({ length: count }, (_, index) => {
    const [shift, scale, gate] = parts.slice(3 * index) as [Value, Value, Value];
    return { shift, scale, gate };
  });
}

/** float32 → compute type */
function modulate(s: LayerScope, x: Value, m: Omit<Modulation, 'gate'>, width: number): Value {
  const { graph: g } = s;
  const scale = add(g, m.scale, g.constant('float32', [1], []));
  return s.fromFloat32(s.dialect.modulatedNorm(g, x, scale, m.shift, { channels: width, epsilon: EPSILON }));
}

/** x (float32) + gate · branch */
function addGated(s: LayerScope, x: Value, { gate }: Modulation, branch: Value): Value {
  return add(s.graph, x, multiply(s.graph, s.toFloat32(branch), gate));
}

/** Queries, keys and values; the first two normalized in each head. */
function project(
  s: LayerScope,
  tokens: Value,
  names: readonly [string, string, string],
  norms: readonly [string, string],
  { config: { attention_head_dim: headSize, num_attention_heads: heads }, width }: Conditions,
): [Value, Value, Value] {
  const size = { from: width, to: width };
  const normalized = (index: 0 | 1) => {
    const norm = s.scope(norms[index]);
    const scale = norm.weight('weight', [headSize]);
    const options = { graph: norm.graph, scale, heads, headSize, epsilon: EPSILON };
    return s.dialect.linearHeadNorm(tokens, linearWeights(s.scope(names[index]), size), options);
  };
  return [normalized(0), normalized(1), linear(s.scope(names[2]), tokens, size)];
}

function attend(s: LayerScope, [query, key, value]: [Value, Value, Value], c: Conditions): Value {
  const turn = (x: Value) => s.dialect.rotaryEmbedding(s.graph, x, c.cosines, c.sines);
  const { num_attention_heads: heads, attention_head_dim: headSize } = c.config;
  const options = { heads, headSize, causal: false, upcast: false };
  return s.dialect.attention(s.graph, turn(query), turn(key), value, options);
}

function feedForward(s: LayerScope, tokens: Value, width: number): Value {
  const inner = 4 * width;
  const expanded = linearGelu(s.scope('0.proj'), tokens, { from: width, to: inner });
  return linear(s.scope('2'), expanded, { from: inner, to: width });
}
