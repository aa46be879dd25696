import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { linear } from '../../layers/linear.ts';
import { sinusoidalEmbedding, timestepEmbedding } from '../../layers/timestep-embedding.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, multiply } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import {
  type Conditions,
  doubleBlock,
  finalLayer,
  joinTokens,
  type Streams,
  singleBlock,
  splitTokens,
} from './blocks.ts';
import type { FluxConfig } from './config.ts';

const SINUSOID = { channels: 256, flipSinToCos: true, frequencyShift: 0 } as const;

/**
 * The denoiser of FLUX.1 (https://github.com/black-forest-labs/flux; diffusers: FluxTransformer2DModel).
 *
 * Inputs, float32: `sample` [batch, image tokens, in_channels], packed latents; `encoder_hidden_states`
 * [batch, text tokens, joint_attention_dim]; `pooled_projections` [batch, pooled_projection_dim]; `timestep` [1] in
 * 0…1000; with `guidance_embeds` also `guidance` [1], the guidance scale; `rotary_cosines` and `rotary_sines`
 * [tokens, attention_head_dim / 2] (`rotaryInputs`). Output: `prediction` float32 [batch, image tokens, out_channels],
 * the velocity.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildFluxTransformer(config: FluxConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('flux_transformer', dialect);
  const s = new LayerScope(g, weights, dialect);
  const headSize = config.attention_head_dim;
  const width = config.num_attention_heads * headSize;
  const rotary = (name: string) => s.fromFloat32(g.input({ name, type: 'float32', dims: ['tokens', headSize / 2] }));

  const { conditioning, ...embedded } = embedders(s, config, width);
  const [cosines, sines] = [rotary('rotary_cosines'), rotary('rotary_sines')];
  const { image } = blocks(s, embedded, { config, width, conditioning, cosines, sines });
  const prediction = finalLayer(s, image, { config, width, conditioning });
  const dims = ['batch', 'image_length', config.out_channels ?? config.in_channels];
  g.output({ name: 'prediction', type: 'float32', dims }, s.toFloat32(prediction));
  return g.build();
}

/** The first projections of all inputs, and the embedding that modulates every block. */
function embedders(s: LayerScope, config: FluxConfig, width: number): Streams & { conditioning: Value } {
  const { graph: g } = s;
  const { in_channels: channels, joint_attention_dim: textChannels, pooled_projection_dim: pooledChannels } = config;
  const input = (name: string, ...dims: (number | string)[]) => g.input({ name, type: 'float32', dims });
  const sample = input('sample', 'batch', 'image_length', channels);
  const prompt = input('encoder_hidden_states', 'batch', 'text_length', textChannels);
  const pooled = input('pooled_projections', 'batch', pooledChannels);
  const timestep = input('timestep', 1);
  const embed = (layer: LayerScope, x: Value, from: number) =>
    s.toFloat32(linear(layer, s.fromFloat32(x), { from, to: width }));

  const t = s.scope('time_text_embed');
  const ofNumber = (name: string, number: Value) => {
    const sinusoid = sinusoidalEmbedding(g, number, SINUSOID);
    return timestepEmbedding(t.scope(name), sinusoid, SINUSOID.channels, width);
  };
  let embedding = ofNumber('timestep_embedder', timestep);
  if (config.guidance_embeds) {
    const scaled = multiply(g, input('guidance', 1), g.constant('float32', [1000]));
    embedding = add(g, embedding, ofNumber('guidance_embedder', scaled));
  }
  embedding = add(g, embedding, timestepEmbedding(t.scope('text_embedder'), pooled, pooledChannels, width));
  return {
    image: embed(s.scope('x_embedder'), sample, channels),
    text: embed(s.scope('context_embedder'), prompt, textChannels),
    conditioning: s.dialect.activation(g, embedding, 'silu'),
  };
}

function blocks(s: LayerScope, embedded: Streams, conditions: Conditions): Streams {
  const { num_layers: doubles, num_single_layers: singles } = conditions.config;
  let streams = embedded;
  for (let index = 0; index < doubles; index++) {
    streams = doubleBlock(s.scope(`transformer_blocks.${index}`), streams, conditions);
  }
  let tokens = joinTokens(s.graph, streams);
  for (let index = 0; index < singles; index++) {
    tokens = singleBlock(s.scope(`single_transformer_blocks.${index}`), tokens, conditions);
  }
  return splitTokens(s.graph, tokens, streams.text);
}
