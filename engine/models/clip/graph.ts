import { HeadroomError } from '../../contract/errors.ts';
import { attentionWithResidualNorm } from '../../layers/attention.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { linear, linearWithResidual } from '../../layers/linear.ts';
import { layerNorm, layerNormWeights } from '../../layers/normalization.ts';
import { int } from '../../onnx/attributes.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, cast, multiply, reshape, shapeOf } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import type { ClipTextConfig } from './config.ts';

export interface ClipTextOptions {
  /** How many of the last layers the hidden states leave out: 0 gives the last layer, 1 the penultimate ("clip skip"). */
  readonly skipLayers?: number;
  /** Whether the hidden states pass the final layer norm: Stable Diffusion wants it, SDXL does not. */
  readonly finalNorm?: boolean;
  /** Adds the output `pooled`: the last layer at the end-of-text token, if `projected` through the text projection. */
  readonly pooled?: 'plain' | 'projected';
  /**
   * Adds inputs for vectors in place of tokens: `kept` [batch, tokens, 1] is 0 where one is and 1 elsewhere, `vectors`
   * [batch, tokens, hidden_size] is 0 elsewhere.
   */
  readonly vectors?: boolean;
}

/**
 * CLIP's text encoder (https://arxiv.org/abs/2103.00020; transformers: CLIPTextModel, CLIPTextModelWithProjection).
 *
 * Input: `input_ids` int64 [batch, tokens], at most `max_position_embeddings` tokens. Outputs, float32:
 * `hidden_states` [batch, tokens, hidden_size] and, if asked for, `pooled` [batch, hidden_size or projection_dim].
 *
 * @throws HeadroomError `model` if the weights are not those of the config, `input` if it has fewer layers than are skipped
 */
export function buildClipTextEncoder(
  config: ClipTextConfig,
  weights: WeightView,
  dialect: Dialect,
  { skipLayers = 0, finalNorm = true, pooled, vectors = false }: ClipTextOptions = {},
): OnnxModel {
  const g = GraphBuilder.create('clip_text_encoder', dialect);
  const root = new LayerScope(g, weights, dialect);
  const s = weights.has('text_model.final_layer_norm.weight') ? root.scope('text_model') : root;
  const width = config.hidden_size;

  const ids = g.input({ name: 'input_ids', type: 'int64', dims: ['batch', 'tokens'] });
  let hidden = embeddings(s.scope('embeddings'), ids, config, vectors);
  let chosen = hidden;
  const lastChosen = config.num_hidden_layers - skipLayers;
  if (lastChosen < 0) {
    const layers = config.num_hidden_layers;
    throw new HeadroomError('input', `The text encoder has ${layers} layers, so that ${skipLayers} cannot be skipped.`);
  }
  for (let layer = 0; layer < (pooled ? config.num_hidden_layers : lastChosen); layer++) {
    hidden = encoderLayer(s.scope(`encoder.layers.${layer}`), hidden, config);
    if (layer + 1 === lastChosen) chosen = hidden;
  }
  const norm = (x: Value) => layerNorm(s.scope('final_layer_norm'), x, width, config.layer_norm_eps);

  const normalized = finalNorm ? norm(chosen) : chosen;
  output(s, 'hidden_states', ['batch', 'tokens', width], normalized);
  if (pooled) {
    const last = finalNorm && skipLayers === 0 ? normalized : norm(hidden);
    const atEnd = atEndOfText(g, last, ids, config);
    const projected = pooled === 'projected';
    const size = projected ? config.projection_dim : width;
    const vector = projected
      ? linear(root.scope('text_projection'), atEnd, { from: width, to: size, bias: false })
      : atEnd;
    output(s, 'pooled', ['batch', size], vector);
  }
  return g.build();
}

function embeddings(s: LayerScope, ids: Value, config: ClipTextConfig, vectors: boolean): Value {
  const { graph: g } = s;
  const { hidden_size: width, vocab_size: vocabulary, max_position_embeddings: positions } = config;
  const tokens = s.rows('token_embedding.weight', [vocabulary, width], ids);
  const table = s.weight('position_embedding.weight', [positions, width]);
  return add(g, vectors ? withVectors(s, tokens, width) : tokens, firstRows(g, table, ids));
}

function withVectors(s: LayerScope, tokens: Value, width: number): Value {
  const { graph: g } = s;
  const input = (name: string, size: number) =>
    s.fromFloat32(g.input({ name, type: 'float32', dims: ['batch', 'tokens', size] }));
  return add(g, multiply(g, tokens, input('kept', 1)), input('vectors', width));
}

function encoderLayer(s: LayerScope, x: Value, config: ClipTextConfig): Value {
  const { graph: g, dialect } = s;
  const { hidden_size: width, intermediate_size: inner, num_attention_heads: heads, layer_norm_eps } = config;
  const names = { query: 'q_proj', key: 'k_proj', value: 'v_proj', output: 'out_proj' };
  const layer = { channels: width, heads, bias: true, causal: true, upcast: false, names };
  const norm1 = layerNorm(s.scope('layer_norm1'), x, width, layer_norm_eps);
  const norm2 = layerNormWeights(s.scope('layer_norm2'), width, layer_norm_eps);
  const attended = attentionWithResidualNorm(s.scope('self_attn'), norm1, layer, undefined, x, norm2);
  const expanded = linear(s.scope('mlp.fc1'), attended.normalized, { from: width, to: inner });
  const activated = dialect.activation(g, expanded, config.hidden_act);
  return linearWithResidual(s.scope('mlp.fc2'), activated, { from: inner, to: width }, attended.sum);
}

/**
 * The hidden state at each text's first end-of-text token: [batch, tokens, width] → [batch, width]. Configs from before
 * the field was right say 2; there the highest id is the end of text (transformers: CLIPTextTransformer.forward).
 *
 * Padding repeats that token. Which of equal numbers ArgMax takes differs between devices, and not all of them have it for
 * integers: so each position gets a float32 score of its own, the earlier of equals the higher one.
 */
function atEndOfText(g: GraphBuilder, hidden: Value, ids: Value, config: ClipTextConfig): Value {
  const { max_position_embeddings: positions, eos_token_id: end, hidden_size: width } = config;
  const marks = end === 2 ? ids : g.node('Equal', [ids, g.constant('int64', [end])]);
  const falling = Array.from({ length: positions }, (_, index) => positions - 1 - index);
  const weighted = multiply(g, cast(g, marks, 'float32'), g.constant('float32', [positions]));
  const scores = add(g, weighted, firstRows(g, g.constant('float32', falling), ids));
  const position = g.node('ArgMax', [scores], { attributes: { axis: int(1), keepdims: int(1) } });
  const picked = g.node('GatherND', [hidden, position], { attributes: { batch_dims: int(1) } });
  return reshape(g, picked, [0, width]);
}

/** As many rows of a table as there are tokens. */
function firstRows(g: GraphBuilder, table: Value, ids: Value): Value {
  return g.node('Slice', [table, g.constant('int64', [0]), shapeOf(g, ids, 1, 2), g.constant('int64', [0])]);
}

function output(s: LayerScope, name: string, dims: (string | number)[], value: Value): void {
  s.graph.output({ name, type: 'float32', dims }, s.toFloat32(value));
}
