import { z } from 'zod';
import { parseConfig } from '../parse-config.ts';

const zCount = z.int().positive();

const zConfig = z
  .object({
    model_type: z.literal('t5').default('t5'),
    vocab_size: zCount.default(32128),
    d_model: zCount.default(512),
    d_kv: zCount.default(64),
    d_ff: zCount.default(2048),
    num_layers: zCount.default(6),
    num_heads: zCount.default(8),
    relative_attention_num_buckets: zCount.multipleOf(4).default(32),
    relative_attention_max_distance: zCount.default(128),
    layer_norm_epsilon: z.number().positive().default(1e-6),
    // What 1.1 changed. Version 1.0 says "relu", or nothing.
    feed_forward_proj: z.literal('gated-gelu'),
  })
  .refine((config) => config.relative_attention_max_distance > config.relative_attention_num_buckets / 4, {
    path: ['relative_attention_max_distance'],
    error: 'it must be more than a quarter of relative_attention_num_buckets',
  });

/** The encoder of T5 1.1 (transformers: T5Config; its fields and defaults). */
export type T5Config = z.infer<typeof zConfig>;

/** @throws HeadroomError `model` for what is not supported, by field */
export function parseT5Config(json: unknown, source: string): T5Config {
  return parseConfig(zConfig, json, source);
}
