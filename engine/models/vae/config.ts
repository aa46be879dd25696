import { z } from 'zod';
import { parseConfig } from '../parse-config.ts';

const zConfig = z
  .object({
    _class_name: z.literal('AutoencoderKL').default('AutoencoderKL'),
    in_channels: z.int().positive().default(3),
    out_channels: z.int().positive().default(3),
    latent_channels: z.int().positive().default(4),
    block_out_channels: z.array(z.int().positive()).min(1),
    layers_per_block: z.int().positive().default(1),
    norm_num_groups: z.int().positive().default(32),
    act_fn: z.literal(['silu', 'swish']).default('silu'),
    down_block_types: z.array(z.literal('DownEncoderBlock2D')),
    up_block_types: z.array(z.literal('UpDecoderBlock2D')),
    mid_block_add_attention: z.boolean().default(true),
    use_quant_conv: z.boolean().default(true),
    use_post_quant_conv: z.boolean().default(true),
    scaling_factor: z.number().positive().default(0.18215),
    shift_factor: z.number().nullable().default(null),
    latents_mean: z.null().default(null),
    latents_std: z.null().default(null),
    force_upcast: z.boolean().default(true),
  })
  .refine((config) => config.down_block_types.length === config.block_out_channels.length, {
    path: ['down_block_types'],
    error: 'it must have as many entries as block_out_channels',
  })
  .refine((config) => config.up_block_types.length === config.block_out_channels.length, {
    path: ['up_block_types'],
    error: 'it must have as many entries as block_out_channels',
  })
  .refine((config) => config.block_out_channels.every((channels) => channels % config.norm_num_groups === 0), {
    path: ['norm_num_groups'],
    error: 'it must divide each of block_out_channels',
  });

/** An image autoencoder (diffusers: AutoencoderKL; its fields and defaults). */
export type VaeConfig = z.infer<typeof zConfig>;

/** @throws HeadroomError `model` for what is not supported, by field */
export function parseVaeConfig(json: unknown, source: string): VaeConfig {
  return parseConfig(zConfig, json, source);
}
