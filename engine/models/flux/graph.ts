import { HeadroomError } from '../../contract/errors.ts';
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

/** A part of the transformer, counted in sections: section 0 are the embedders, then each block, then the final layer. */
export interface FluxPart {
  readonly first: number;
  /** The first section that is not in the part. */
  readonly end: number;
}

export function fluxSections(config: FluxConfig): number {
  return config.num_layers + config.num_single_layers + 2;
}

/**
 * The denoiser of FLUX.1 (https://github.com/black-forest-labs/flux; diffusers: FluxTransformer2DModel), or a part of it:
 * parts in a row compute what the whole does, so that a device needs to hold only one at a time.
 *
 * Inputs, float32: `sample` [batch, image tokens, in_channels], packed latents; `encoder_hidden_states`
 * [batch, text tokens, joint_attention_dim]; `pooled_projections` [batch, pooled_projection_dim]; `timestep` [1] in
 * 0…1000; with `guidance_embeds` also `guidance` [1], the guidance scale; `rotary_cosines` and `rotary_sines`
 * [tokens, attention_head_dim / 2] (`rotaryInputs`). Output: `prediction` float32 [batch, image tokens, out_channels],
 * the velocity.
 *
 * A part that does not end with the final layer puts out `next_image_tokens` and `next_text_tokens`
 * [batch, tokens, width], which the next takes in as `image_tokens` and `text_tokens`; the part with the embedders also
 * puts out `conditioning` [batch, width], which all later ones take in.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildFluxTransformer(
  config: FluxConfig,
  weights: WeightView,
  dialect: Dialect,
  { first, end }: FluxPart = { first: 0, end: fluxSections(config) },
): OnnxModel {
  const sections = fluxSections(config);
  if (!(first >= 0 && first < end && end <= sections)) {
    throw new HeadroomError('internal', `The transformer has ${sections} sections, none from ${first} to ${end}.`);
  }
  const g = GraphBuilder.create('flux_transformer', dialect.opset);
  const s = new LayerScope(g, weights, dialect);
  const headSize = config.attention_head_dim;
  const width = config.num_attention_heads * headSize;
  const input = (name: string, ...dims: (number | string)[]) => g.input({ name, type: 'float32', dims });
  const output = (name: string, dims: (number | string)[], x: Value) => g.output({ name, type: 'float32', dims }, x);
  const streamDims = (name: keyof Streams) => ['batch', `${name}_length`, width];

  const embedded = first === 0 ? embedders(s, config, width) : undefined;
  let streams: Streams = embedded ?? {
    image: input('image_tokens', ...streamDims('image')),
    text: input('text_tokens', ...streamDims('text')),
  };
  const conditioning = embedded?.conditioning ?? s.fromFloat32(input('conditioning', 'batch', width));

  const firstBlock = Math.max(first - 1, 0);
  const endBlock = Math.min(end - 1, sections - 2);
  if (firstBlock < endBlock) {
    const rotary = (name: string) => s.fromFloat32(input(name, 'tokens', headSize / 2));
    const [cosines, sines] = [rotary('rotary_cosines'), rotary('rotary_sines')];
    streams = blocks(s, streams, { config, width, conditioning, cosines, sines }, firstBlock, endBlock);
  }
  if (end === sections) {
    const prediction = finalLayer(s, streams.image, { config, width, conditioning });
    const dims = ['batch', 'image_length', config.out_channels ?? config.in_channels];
    output('prediction', dims, s.toFloat32(prediction));
  } else {
    output('next_image_tokens', streamDims('image'), streams.image);
    output('next_text_tokens', streamDims('text'), streams.text);
    if (embedded) output('conditioning', ['batch', width], s.toFloat32(conditioning));
  }
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

/** Blocks `from` to `to` (excluded), counted through both kinds. */
function blocks(s: LayerScope, streams: Streams, conditions: Conditions, from: number, to: number): Streams {
  const doubles = conditions.config.num_layers;
  let current = streams;
  for (let index = from; index < Math.min(to, doubles); index++) {
    current = doubleBlock(s.scope(`transformer_blocks.${index}`), current, conditions);
  }
  if (to <= doubles) return current;
  let tokens = joinTokens(s.graph, current);
  for (let index = Math.max(from, doubles); index < to; index++) {
    tokens = singleBlock(s.scope(`single_transformer_blocks.${index - doubles}`), tokens, conditions);
  }
  return splitTokens(s.graph, tokens, current.text);
}
