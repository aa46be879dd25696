import type { Context } from '../../layers/attention.ts';
import { downsample } from '../../layers/convolution.ts';
import type { LayerScope } from '../../layers/layer-scope.ts';
import { resnetBlock, type TimeEmbedding } from '../../layers/resnet-block.ts';
import { sinusoidalEmbedding, timestepEmbedding } from '../../layers/timestep-embedding.ts';
import { spatialTransformer } from '../../layers/transformer.ts';
import type { Value } from '../../onnx/graph-builder.ts';
import { add, concat, reshape } from '../../onnx/operators.ts';
import type { UnetAttention, UnetConfig, UnetLevel } from './config.ts';

/** What every block of the network sees. */
export interface Conditions {
  readonly config: UnetConfig;
  readonly time: TimeEmbedding;
  readonly context: Context;
}

/** An image with its number of channels. */
export interface Feature {
  readonly image: Value;
  readonly channels: number;
}

/** Adds the inputs that tell every block of a UNet what to draw: see `buildUnet`. `sample`: for the size of the batch. */
export function conditionInputs(s: LayerScope, sample: Value, config: UnetConfig): Conditions {
  const timestep = s.graph.input({ name: 'timestep', type: 'float32', dims: [1] });
  const time = timeEmbedding(s, s.dialect.forEachImage(s.graph, timestep, sample), config);
  return { config, time, context: contextInput(s, config) };
}

/** The way down: what went in, and what each residual block and each downsampling gives. */
export function downBlocks(s: LayerScope, x: Feature, conditions: Conditions): Feature[] {
  const { down } = conditions.config;
  const outputs = [x];
  for (const [index, level] of down.entries()) {
    const last = index === down.length - 1;
    outputs.push(...downBlock(s.scope(`down_blocks.${index}`), outputs.at(-1) as Feature, level, last, conditions));
  }
  return outputs;
}

/** Each residual block's image, then the downsampled one. */
function downBlock(s: LayerScope, x: Feature, level: UnetLevel, last: boolean, conditions: Conditions): Feature[] {
  const outputs: Feature[] = [];
  let hidden = x;
  for (let index = 0; index < level.resnets; index++) {
    hidden = resnet(s, index, hidden, level.channels, conditions);
    if (level.attention) hidden = attend(s, index, hidden, level.attention, conditions);
    outputs.push(hidden);
  }
  if (!last) {
    const { downsamplePadding } = conditions.config;
    const image = downsample(s.scope('downsamplers.0.conv'), hidden.image, hidden.channels, downsamplePadding);
    outputs.push({ image, channels: hidden.channels });
  }
  return outputs;
}

export function midBlock(s: LayerScope, x: Feature, level: UnetLevel, conditions: Conditions): Feature {
  const before = resnet(s, 0, x, level.channels, conditions);
  const attended = level.attention ? attend(s, 0, before, level.attention, conditions) : before;
  return resnet(s, 1, attended, level.channels, conditions);
}

export function resnet(s: LayerScope, index: number, x: Feature, to: number, { config, time }: Conditions): Feature {
  const size = { from: x.channels, to, groups: config.groups, epsilon: config.epsilon };
  return { image: resnetBlock(s.scope(`resnets.${index}`), x.image, size, time), channels: to };
}

export function attend(
  s: LayerScope,
  index: number,
  { image, channels }: Feature,
  { heads, layers, onlyCrossAttention }: UnetAttention,
  { config, context }: Conditions,
): Feature {
  const attended = spatialTransformer(s.scope(`attentions.${index}`), image, context, {
    channels,
    heads,
    groups: config.groups,
    layers: layers[index] as number,
    onlyCrossAttention,
    upcastAttention: config.upcastAttention,
  });
  return { image: attended, channels };
}

/** The embedding of the timestep (and for SDXL of prompt and sizes), after the SiLU that every residual block applies. */
function timeEmbedding(s: LayerScope, timestep: Value, { time, textTime }: UnetConfig): TimeEmbedding {
  const { graph: g, dialect } = s;
  const { channels, sinusoidChannels, flipSinToCos, frequencyShift } = time;
  const sinusoid = sinusoidalEmbedding(g, timestep, { channels: sinusoidChannels, flipSinToCos, frequencyShift });
  let embedding = timestepEmbedding(s.scope('time_embedding'), sinusoid, sinusoidChannels, channels);
  if (textTime) {
    const ids = g.input({ name: 'time_ids', type: 'float32', dims: ['batch', 6] });
    const textChannels = textTime.inputChannels - 6 * textTime.sinusoidChannels;
    const pooled = g.input({ name: 'text_embeds', type: 'float32', dims: ['batch', textChannels] });
    const options = { channels: textTime.sinusoidChannels, flipSinToCos, frequencyShift };
    const sizes = reshape(g, sinusoidalEmbedding(g, ids, options), [-1, 6 * textTime.sinusoidChannels]);
    const added = concat(g, [pooled, sizes], 1);
    embedding = add(g, embedding, timestepEmbedding(s.scope('add_embedding'), added, textTime.inputChannels, channels));
  }
  return { value: dialect.activation(g, embedding, 'silu'), channels };
}

function contextInput(s: LayerScope, { crossAttentionChannels: channels }: UnetConfig): Context {
  const states = s.graph.input({ name: 'encoder_hidden_states', type: 'float32', dims: ['batch', 'tokens', channels] });
  return { tokens: s.fromFloat32(states), channels };
}
