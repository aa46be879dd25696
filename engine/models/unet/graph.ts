import { convolution, upsample } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { groupNorm } from '../../layers/normalization.ts';
import { GraphBuilder, type OnnxModel } from '../../onnx/graph-builder.ts';
import { add } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import { attend, type Conditions, conditionInputs, downBlocks, type Feature, midBlock, resnet } from './blocks.ts';
import type { UnetConfig, UnetLevel } from './config.ts';
import { type Residual, residualsOf } from './residuals.ts';

export interface UnetOptions {
  /** Adds an input for each of `residualsOf(config)`, what a ControlNet adds to the network's features. */
  readonly controlled?: boolean;
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
export function buildUnet(
  config: UnetConfig,
  weights: WeightView,
  dialect: Dialect,
  { controlled = false }: UnetOptions = {},
): OnnxModel {
  const g = GraphBuilder.create('unet', dialect);
  const s = new LayerScope(g, weights, dialect);
  const { mid, up } = config;
  const first = (config.down[0] as UnetLevel).channels;

  const sample = g.input({ name: 'sample', type: 'float32', dims: ['batch', config.inChannels, 'height', 'width'] });
  const conditions = conditionInputs(s, sample, config);
  const size = { from: config.inChannels, to: first, kernel: config.convInKernel };
  const image = convolution(s.scope('conv_in'), dialect.imageInput(g, sample), size);
  const skips = downBlocks(s, { image, channels: first }, conditions);
  let x = skips.at(-1) as Feature;
  if (mid) x = midBlock(s.scope('mid_block'), x, mid, conditions);
  if (controlled) {
    const residuals = residualsOf(config);
    x = withResidual(s, x, residuals.pop() as Residual);
    for (const [index, residual] of residuals.entries()) {
      skips[index] = withResidual(s, skips[index] as Feature, residual);
    }
  }
  for (const [index, level] of up.entries()) {
    const own = skips.splice(-level.resnets);
    x = upBlock(s.scope(`up_blocks.${index}`), x, own, skips.at(-1), level, conditions);
  }
  const { channels } = x;
  const options = { channels, groups: config.groups, epsilon: config.epsilon, activation: 'silu' } as const;
  const normalized = groupNorm(s.scope('conv_norm_out'), x.image, options);
  const lastSize = { from: channels, to: config.outChannels, kernel: config.convOutKernel };
  const prediction = dialect.imageOutput(g, convolution(s.scope('conv_out'), normalized, lastSize));
  const dims = ['batch', config.outChannels, 'height', 'width'];
  g.output({ name: 'prediction', type: 'float32', dims }, prediction);
  return g.build();
}

function withResidual(s: LayerScope, { image, channels }: Feature, { name, dims }: Residual): Feature {
  const input = s.dialect.imageInput(s.graph, s.graph.input({ name, type: 'float32', dims }));
  return { image: add(s.graph, image, input), channels };
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
