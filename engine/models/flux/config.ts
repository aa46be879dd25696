import { z } from 'zod';
import { parseConfig } from '../parse-config.ts';

const zCount = z.int().positive();

const zConfig = z
  .object({
    _class_name: z.literal('FluxTransformer2DModel').default('FluxTransformer2DModel'),
    patch_size: z.literal(1).default(1),
    in_channels: zCount.default(64),
    out_channels: zCount.nullable().default(null),
    num_layers: zCount.default(19),
    num_single_layers: zCount.default(38),
    attention_head_dim: zCount.default(128),
    num_attention_heads: zCount.default(24),
    joint_attention_dim: zCount.default(4096),
    pooled_projection_dim: zCount.default(768),
    guidance_embeds: z.boolean().default(false),
    axes_dims_rope: z.array(zCount.multipleOf(2)).length(3).default([16, 56, 56]),
  })
  .refine((config) => config.axes_dims_rope.reduce((sum, size) => sum + size) === config.attention_head_dim, {
    path: ['axes_dims_rope'],
    error: 'its sum must be attention_head_dim',
  });

/** The transformer of FLUX.1 (diffusers: FluxTransformer2DModel; its fields and defaults). */
export type FluxConfig = z.infer<typeof zConfig>;

/** @throws HeadroomError `model` for what is not supported, by field */
export function parseFluxConfig(json: unknown, source: string): FluxConfig {
  return parseConfig(zConfig, json, source);
}
