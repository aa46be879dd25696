import { convolution, halvingConvolution } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, gather } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import { conditionInputs, downBlocks, type Feature, midBlock } from '../unet/blocks.ts';
import type { UnetLevel } from '../unet/config.ts';
import { type Residual, residualsOf } from '../unet/residuals.ts';
import type { ControlNetConfig } from './config.ts';

/**
 * A network that guides a UNet by an image (https://arxiv.org/abs/2302.05543; diffusers: ControlNetModel).
 *
 * Inputs, float32: those of the UNet (see `buildUnet`) and `image` [batch, conditioning_channels, image_height,
 * image_width] of 0…1, as much larger than the latents as the VAE makes pictures. Outputs, float32: each of
 * `residualsOf(config.unet)`, which the controlled UNet takes.
 *
 * @throws HeadroomError `model` if the weights are not those of the config
 */
export function buildControlNet(config: ControlNetConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('controlnet', dialect);
  const s = new LayerScope(g, weights, dialect);
  const { unet } = config;
  const channels = (unet.down[0] as UnetLevel).channels;

  const sample = g.input({ name: 'sample', type: 'float32', dims: ['batch', unet.inChannels, 'height', 'width'] });
  const conditions = conditionInputs(s, sample, unet);
  const size = { from: unet.inChannels, to: channels, kernel: unet.convInKernel };
  const latents = convolution(s.scope('conv_in'), dialect.imageInput(g, sample), size);
  const image = add(g, latents, embedding(s.scope('controlnet_cond_embedding'), config, channels));
  const skips = downBlocks(s, { image, channels }, conditions);
  const mid = midBlock(s.scope('mid_block'), skips.at(-1) as Feature, unet.mid as UnetLevel, conditions);

  const residuals = residualsOf(unet);
  output(s.scope('controlnet_mid_block'), mid, residuals.pop() as Residual);
  for (const [index, residual] of residuals.entries()) {
    output(s.scope(`controlnet_down_blocks.${index}`), skips[index] as Feature, residual);
  }
  return g.build();
}

/** The guiding image at the size of the latents (diffusers: ControlNetConditioningEmbedding). */
function embedding(
  s: LayerScope,
  { conditioningChannels, embeddingChannels, channelOrder }: ControlNetConfig,
  to: number,
): Value {
  const { graph: g, dialect } = s;
  const dims = ['batch', conditioningChannels, 'image_height', 'image_width'];
  const silu = (x: Value) => dialect.activation(g, x, 'silu');
  const [first = 0] = embeddingChannels;
  const image = g.input({ name: 'image', type: 'float32', dims });
  const ordered = channelOrder === 'rgb' ? image : gather(g, image, g.constant('int64', [2, 1, 0]), 1);
  let x = dialect.imageInput(g, ordered);
  x = silu(convolution(s.scope('conv_in'), x, { from: conditioningChannels, to: first }));
  for (const [index, wider] of embeddingChannels.slice(1).entries()) {
    const from = embeddingChannels[index] as number;
    x = silu(convolution(s.scope(`blocks.${2 * index}`), x, { from, to: from }));
    x = silu(halvingConvolution(s.scope(`blocks.${2 * index + 1}`), x, { from, to: wider }));
  }
  return convolution(s.scope('conv_out'), x, { from: embeddingChannels.at(-1) as number, to });
}

/** Through a convolution of one pixel, which training began at zero. */
function output(s: LayerScope, { image, channels }: Feature, { name, dims }: Residual): void {
  const residual = convolution(s, image, { from: channels, to: channels, kernel: 1 });
  s.graph.output({ name, type: 'float32', dims }, s.dialect.imageOutput(s.graph, residual));
}
