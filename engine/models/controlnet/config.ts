import { z } from 'zod';
import { HeadroomError } from '../../contract/errors.ts';
import { parseConfig } from '../parse-config.ts';
import { parseUnetConfig, type UnetConfig } from '../unet/config.ts';
import { residualsOf } from '../unet/residuals.ts';

const zOwnFields = z.object({
  _class_name: z.literal('ControlNetModel').default('ControlNetModel'),
  conditioning_channels: z.int().positive().default(3),
  conditioning_embedding_out_channels: z.array(z.int().positive()).min(2).default([16, 32, 96, 256]),
  controlnet_conditioning_channel_order: z.literal(['rgb', 'bgr']).default('rgb'),
  global_pool_conditions: z.literal([false, null]).default(false),
  down_block_types: z
    .array(z.string())
    .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
});

/** diffusers' `ControlNetModel`: half a UNet, and what reads the image that guides it. */
export interface ControlNetConfig {
  /** Its way down and middle block are the network's; the way up is not used. */
  readonly unet: UnetConfig;
  readonly conditioningChannels: number;
  /** Channels at full size, at half and so on: the image is as much larger than the latents. */
  readonly embeddingChannels: readonly number[];
  /** The order of the image's colours that the network was trained on. */
  readonly channelOrder: 'rgb' | 'bgr';
}

/** @throws HeadroomError `model` for what is not supported or contradicts itself, by field */
export function parseControlNetConfig(json: unknown, source: string): ControlNetConfig {
  const own = parseConfig(zOwnFields, json, source);
  const unet = parseUnetConfig(
    {
      ...(json as object),
      _class_name: 'UNet2DConditionModel',
      up_block_types: own.down_block_types.map((type) => type.replace('Down', 'Up')).toReversed(),
    },
    source,
  );
  if (!unet.mid) throw new HeadroomError('model', `${source}: mid_block_type: a ControlNet has a middle block.`);
  return {
    unet,
    conditioningChannels: own.conditioning_channels,
    embeddingChannels: own.conditioning_embedding_out_channels,
    channelOrder: own.controlnet_conditioning_channel_order,
  };
}

/** What a ControlNet and the UNet that it guides must have in common, in words. */
export function controlShape(config: UnetConfig): string {
  const channels = residualsOf(config).map((residual) => residual.channels);
  const text = `${config.crossAttentionChannels} numbers of text${config.textTime ? ' and sizes' : ''}`;
  return `${channels.join(', ')} channels with ${text}`;
}
