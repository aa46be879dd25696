import type { Context } from '../../layers/attention.ts';
import { convolution, downsample, upsample } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { groupNorm } from '../../layers/normalization.ts';
import { resnetBlock, type TimeEmbedding } from '../../layers/resnet-block.ts';
import { sinusoidalEmbedding, timestepEmbedding } from '../../layers/timestep-embedding.ts';
import { spatialTransformer } from '../../layers/transformer.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, concat, reshape } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import type { UnetAttention, UnetConfig, UnetLevel } from './config.ts';

/** What every block of the network sees. */
interface Conditions {
  readonly config: UnetConfig;
  readonly time: TimeEmbedding;
  readonly context: Context;
}

/** An image with its number of channels. */
interface Feature {
  readonly image: Value;
  readonly channels: number;
}

/**
 * The denoiser of Stable Diffusion 1, 2 and XL (https://arxiv.org/abs/2112.10752; diffusers: UNet2DConditionModel).
 *
 * Inputs, float32: `sample` [batch, in_channels, height, width] of any height and width; `timestep` [1];
 * `encoder_hidden_states` [batch, tokens, cross_attention_dim]; with `addition_embed_type` text_time (SDXL) also
 * `text_embeds` [batch, …] and `time_ids` [batch, 6]. Output: `prediction` float32 [batch, out_channels, height, width],
 * of what the scheduler's prediction_type says.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildUnet(config: UnetConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('unet', dialect.opset);
  const s = new LayerScope(g, weights, dialect);
  const { down, mid, up } = config;
  const first = (down[0] as UnetLevel).channels;

  const sample = g.input({ name: 'sample', type: 'float32', dims: ['batch', config.inChannels, 'height', 'width'] });
  const timestep = g.input({ name: 'timestep', type: 'float32', dims: [1] });
  const time = timeEmbedding(s, dialect.forEachImage(g, timestep, sample), config);
  const conditions = { config, time, context: contextInput(s, config) };

  const image = convolution(s.scope('conv_in'), dialect.imageInput(g, sample), {
    from: config.inChannels,
    to: first,
    kernel: config.convInKernel,
  });
  let x: Feature = { image, channels: first };
  const skips = [x];
  for (const [index, level] of down.entries()) {
    const outputs = downBlock(s.scope(`down_blocks.${index}`), x, level, index === down.length - 1, conditions);
    skips.push(...outputs);
    x = outputs.at(-1) as Feature;
  }
  if (mid) x = midBlock(s.scope('mid_block'), x, mid, conditions);
  for (const [index, level] of up.entries()) {
    const own = skips.splice(-level.resnets);
    x = upBlock(s.scope(`up_blocks.${index}`), x, own, skips.at(-1), level, conditions);
  }
  const { channels } = x;
  const options = { channels, groups: config.groups, epsilon: config.epsilon, activation: 'silu' } as const;
  const normalized = groupNorm(s.scope('conv_norm_out'), x.image, options);
  const size = { from: channels, to: config.outChannels, kernel: config.convOutKernel };
  const prediction = dialect.imageOutput(g, convolution(s.scope('conv_out'), normalized, size));
  const dims = ['batch', config.outChannels, 'height', 'width'];
  g.output({ name: 'prediction', type: 'float32', dims }, prediction);
  return g.build();
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

function midBlock(s: LayerScope, x: Feature, level: UnetLevel, conditions: Conditions): Feature {
  const before = resnet(s, 0, x, level.channels, conditions);
  const attended = level.attention ? attend(s, 0, before, level.attention, conditions) : before;
  return resnet(s, 1, attended, level.channels, conditions);
}

/** Takes back one skip per residual block, the latest first. `next`: the size to upsample to; undefined for none. */
function upBlock(
  s: LayerScope,
  x: Feature,
  skips: readonly Feature[],
  next: Feature | undefined,
  level: UnetLevel,
  conditions: Conditions,
): Feature {
  let hidden = x;
  for (const [index, skip] of skips.toReversed().entries()) {
    const joined = s.dialect.joinChannels(s.graph, [hidden.image, skip.image]);
    hidden = resnet(s, index, { image: joined, channels: hidden.channels + skip.channels }, level.channels, conditions);
    if (level.attention) hidden = attend(s, index, hidden, level.attention, conditions);
  }
  if (!next) return hidden;
  const image = upsample(s.scope('upsamplers.0.conv'), hidden.image, hidden.channels, next.image);
  return { image, channels: hidden.channels };
}

function resnet(s: LayerScope, index: number, x: Feature, to: number, { config, time }: Conditions): Feature {
  const size = { from: x.channels, to, groups: config.groups, epsilon: config.epsilon };
  return { image: resnetBlock(s.scope(`resnets.${index}`), x.image, size, time), channels: to };
}

function attend(
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
