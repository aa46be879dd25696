import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { linear } from '../../layers/linear.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, multiply } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import type { T5Config } from './config.ts';
import { positionBias } from './position-bias.ts';

/**
 * The encoder of T5 1.1 (https://arxiv.org/abs/1910.10683; transformers: T5EncoderModel), without a mask: image models
 * attend to the padding, too.
 *
 * Input: `input_ids` int64 [batch, tokens], at most 1024 tokens. Output: `hidden_states` float32
 * [batch, tokens, d_model].
 *
 * The residual stream is float32 on every device, as transformers has it where weights are float16: large encoders leave
 * float16's range there.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildT5Encoder(config: T5Config, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('t5_encoder', dialect);
  const root = new LayerScope(g, weights, dialect);
  const s = root.scope('encoder');
  const { d_model: width, vocab_size: vocabulary } = config;

  const ids = g.input({ name: 'input_ids', type: 'int64', dims: ['batch', 'tokens'] });
  // One tensor under two names; files have either or both.
  const embedding = weights.has('shared.weight') ? root.scope('shared') : s.scope('embed_tokens');
  let x = root.toFloat32(embedding.rows('weight', [vocabulary, width], ids));
  const bias = positionBias(s.scope('block.0.layer.0.SelfAttention'), ids, config);
  for (let index = 0; index < config.num_layers; index++) {
    const block = s.scope(`block.${index}`);
    x = add(g, x, selfAttention(block.scope('layer.0'), x, bias, config));
    x = add(g, x, feedForward(block.scope('layer.1'), x, config));
  }
  const normalized = norm(s.scope('final_layer_norm'), x, config);
  g.output({ name: 'hidden_states', type: 'float32', dims: ['batch', 'tokens', width] }, normalized);
  return g.build();
}

function selfAttention(s: LayerScope, x: Value, bias: Value, config: T5Config): Value {
  const { d_model: width, num_heads: heads, d_kv } = config;
  const inner = heads * d_kv;
  const normalized = s.fromFloat32(norm(s.scope('layer_norm'), x, config));
  const a = s.scope('SelfAttention');
  const project = (name: string) => linear(a.scope(name), normalized, { from: width, to: inner, bias: false });
  const [query, key, value] = [project('q'), project('k'), project('v')];
  const options = { heads, headSize: d_kv, causal: false, upcast: false, scale: 1, positionBias: bias };
  const attended = s.dialect.attention(s.graph, query, key, value, options);
  return s.toFloat32(linear(a.scope('o'), attended, { from: inner, to: width, bias: false }));
}

/**
 * The last projection's sums leave float16's range in T5-XXL, so they are computed this much smaller there. As a power of
 * two it rounds nothing but numbers that are almost zero, and costs no copy of these weights in float32, which are a third
 * of all (transformers keeps one: T5PreTrainedModel._keep_in_fp32_modules).
 */
const HALF_PRECISION_SCALE = 1 / 64;

/** GELU-gated (https://arxiv.org/abs/2002.05202). */
function feedForward(s: LayerScope, x: Value, config: T5Config): Value {
  const { graph: g, dialect } = s;
  const { d_model: width, d_ff: inner } = config;
  const normalized = s.fromFloat32(norm(s.scope('layer_norm'), x, config));
  const dense = s.scope('DenseReluDense');
  const gate = linear(dense.scope('wi_0'), normalized, { from: width, to: inner, bias: false });
  const value = linear(dense.scope('wi_1'), normalized, { from: width, to: inner, bias: false });
  const gated = multiply(g, dialect.activation(g, gate, 'gelu_tanh'), value);
  const project = (hidden: Value) => linear(dense.scope('wo'), hidden, { from: inner, to: width, bias: false });
  if (dialect.computeType === 'float32') return project(gated);
  const scale = g.constant(dialect.computeType, [HALF_PRECISION_SCALE], []);
  const unscale = g.constant('float32', [1 / HALF_PRECISION_SCALE], []);
  return multiply(g, s.toFloat32(project(multiply(g, gated, scale))), unscale);
}

/** float32 → float32 */
function norm(s: LayerScope, x: Value, { d_model, layer_norm_epsilon }: T5Config): Value {
  return s.dialect.rmsNorm(s.graph, x, s.weight('weight', [d_model], 'float32'), layer_norm_epsilon);
}
