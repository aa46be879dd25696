import { type AttentionNames, attention, DIFFUSERS_NAMES } from '../../layers/attention.ts';
import { convolution, downsample, upsample } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { groupNorm } from '../../layers/normalization.ts';
import { resnetBlock } from '../../layers/resnet-block.ts';
import { int } from '../../onnx/attributes.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import type { VaeConfig } from './config.ts';

export const EPSILON = 1e-6;

/**
 * The encoder of an autoencoder (https://arxiv.org/abs/2112.10752; diffusers: AutoencoderKL.encode).
 *
 * Input: `sample` float32 [batch, in_channels, height, width] in -1…1; sizes that are multiples of 2 to the number of
 * blocks less one. Outputs: `mean` and `logvar` (within -30…20) float32 [batch, latent_channels, height/f, width/f], the
 * distribution of the latents *before* `scaling_factor` and `shift_factor`, which are the caller's to apply.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildVaeEncoder(config: VaeConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('vae_encoder', dialect);
  const root = new LayerScope(g, weights, dialect);
  const s = root.scope('encoder');
  const { block_out_channels: channels } = config;

  const sample = g.input({ name: 'sample', type: 'float32', dims: ['batch', config.in_channels, 'height', 'width'] });
  let x = dialect.imageInput(g, sample);
  let width = channels[0] as number;
  x = convolution(s.scope('conv_in'), x, { from: config.in_channels, to: width });
  for (const [index, to] of channels.entries()) {
    const block = s.scope(`down_blocks.${index}`);
    x = resnets(block, x, width, to, config.layers_per_block, config);
    width = to;
    if (index < channels.length - 1) x = downsample(block.scope('downsamplers.0.conv'), x, width, 0);
  }
  encoderTail(root, x, config);
  return g.build();
}

/** The encoder from its mid block on, where it works on images of the size of the latents, with the graph's outputs. */
export function encoderTail(root: LayerScope, image: Value, config: VaeConfig): void {
  const { graph: g, dialect } = root;
  const s = root.scope('encoder');
  const { block_out_channels: channels, latent_channels: latents } = config;
  const widest = channels.at(-1) as number;
  let x = midBlock(s.scope('mid_block'), image, widest, config);
  x = normOut(s.scope('conv_norm_out'), x, widest, config);
  x = convolution(s.scope('conv_out'), x, { from: widest, to: 2 * latents });
  if (config.use_quant_conv) {
    x = convolution(root.scope('quant_conv'), x, { from: 2 * latents, to: 2 * latents, kernel: 1 });
  }
  const moments = dialect.imageOutput(g, x);
  const [mean, logvar] = g.nodes('Split', [moments], 2, { attributes: { axis: int(1), num_outputs: int(2) } });
  const dims = ['batch', latents, 'latent_height', 'latent_width'];
  g.output({ name: 'mean', type: 'float32', dims }, mean as Value);
  const clamped = g.node('Clip', [logvar, g.constant('float32', [-30], []), g.constant('float32', [20], [])]);
  g.output({ name: 'logvar', type: 'float32', dims }, clamped);
}

/**
 * The decoder of an autoencoder (diffusers: AutoencoderKL.decode).
 *
 * Input: `latents` float32 [batch, latent_channels, height, width], already divided by `scaling_factor` (and with
 * `shift_factor` added): that is the caller's to apply. Output: `image` float32 [batch, out_channels, height·f, width·f],
 * about -1…1, not clamped.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildVaeDecoder(config: VaeConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('vae_decoder', dialect);
  const root = new LayerScope(g, weights, dialect);
  const s = root.scope('decoder');
  const channels = config.block_out_channels.toReversed();

  const dims = ['batch', config.latent_channels, 'height', 'width'];
  const input = g.input({ name: 'latents', type: 'float32', dims });
  let x = decoderHead(root, dialect.imageInput(g, input), config);
  let width = channels[0] as number;
  for (const [index, to] of channels.entries()) {
    const block = s.scope(`up_blocks.${index}`);
    x = resnets(block, x, width, to, config.layers_per_block + 1, config);
    width = to;
    if (index < channels.length - 1) x = upsample(block.scope('upsamplers.0.conv'), x, width);
  }
  x = normOut(s.scope('conv_norm_out'), x, width, config);
  x = convolution(s.scope('conv_out'), x, { from: width, to: config.out_channels });
  const imageDims = ['batch', config.out_channels, 'image_height', 'image_width'];
  g.output({ name: 'image', type: 'float32', dims: imageDims }, dialect.imageOutput(g, x));
  return g.build();
}

/** The decoder as far as it works on images of the size of the latents: up to the end of its mid block. */
export function decoderHead(root: LayerScope, latents: Value, config: VaeConfig): Value {
  const s = root.scope('decoder');
  const from = config.latent_channels;
  const to = config.block_out_channels.at(-1) as number;
  const x = config.use_post_quant_conv
    ? convolution(root.scope('post_quant_conv'), latents, { from, to: from, kernel: 1 })
    : latents;
  return midBlock(s.scope('mid_block'), convolution(s.scope('conv_in'), x, { from, to }), to, config);
}

/** `count` residual blocks, the first of which changes the number of channels. */
function resnets(s: LayerScope, x: Value, from: number, to: number, count: number, config: VaeConfig): Value {
  let hidden = x;
  for (let index = 0; index < count; index++) {
    const size = { from: index === 0 ? from : to, to, groups: config.norm_num_groups, epsilon: EPSILON };
    hidden = resnetBlock(s.scope(`resnets.${index}`), hidden, size);
  }
  return hidden;
}

function midBlock(s: LayerScope, x: Value, channels: number, config: VaeConfig): Value {
  const size = { from: channels, to: channels, groups: config.norm_num_groups, epsilon: EPSILON };
  const before = resnetBlock(s.scope('resnets.0'), x, size);
  const between = config.mid_block_add_attention
    ? pixelAttention(s.scope('attentions.0'), before, channels, config.norm_num_groups)
    : before;
  return resnetBlock(s.scope('resnets.1'), between, size);
}

/** Checkpoints from before diffusers 0.12 name the projections so. */
const OLD_NAMES: AttentionNames = { query: 'query', key: 'key', value: 'value', output: 'proj_attn' };

/** One head over all pixels, with a residual. */
function pixelAttention(s: LayerScope, image: Value, channels: number, groups: number): Value {
  const names = s.weights.has('proj_attn.weight') ? OLD_NAMES : DIFFUSERS_NAMES;
  const norm = groupNorm(s.scope('group_norm'), image, { channels, groups, epsilon: EPSILON, activation: undefined });
  const tokens = s.dialect.imageToTokens(s.graph, norm, channels);
  const layer = { channels, heads: 1, bias: true, causal: false, upcast: true, names };
  const attended = attention(s, tokens, layer);
  return add(s.graph, s.dialect.tokensToImage(s.graph, attended, image, channels), image);
}

function normOut(s: LayerScope, x: Value, channels: number, config: VaeConfig): Value {
  return groupNorm(s, x, { channels, groups: config.norm_num_groups, epsilon: EPSILON, activation: 'silu' });
}
