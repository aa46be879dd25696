import { z } from 'zod';
import { parseConfig } from '../parse-config.ts';

const zConfig = z
  .object({
    model_type: z.literal(['clip_text_model', 'clip']).default('clip_text_model'),
    vocab_size: z.int().positive().default(49408),
    hidden_size: z.int().positive().default(512),
    intermediate_size: z.int().positive().default(2048),
    num_hidden_layers: z.int().positive().default(12),
    num_attention_heads: z.int().positive().default(8),
    max_position_embeddings: z.int().positive().default(77),
    hidden_act: z.literal(['quick_gelu', 'gelu']).default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    eos_token_id: z.int().nonnegative().default(49407),
    projection_dim: z.int().positive().default(512),
  })
  .refine((config) => config.hidden_size % config.num_attention_heads === 0, {
    path: ['num_attention_heads'],
    error: 'it must divide hidden_size',
  });

/** CLIP's text encoder (transformers: CLIPTextConfig; its fields and defaults). */
export type ClipTextConfig = z.infer<typeof zConfig>;

/** @throws HeadroomError `model` for what is not supported, by field */
export function parseClipTextConfig(json: unknown, source: string): ClipTextConfig {
  return parseConfig(zConfig, json, source);
}
