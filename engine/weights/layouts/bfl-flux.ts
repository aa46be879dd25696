import type { StoredTensor } from '../stored-tensor.ts';
import { type NameRule, renamed } from './name-rules.ts';

const double = (from: string, ...to: string[]): NameRule => ({
  from: new RegExp(String.raw`^double_blocks\.(\d+)\.${from}`),
  to: to.map((name) => `transformer_blocks.$1.${name}`),
});
const single = (from: string, ...to: string[]): NameRule => ({
  from: new RegExp(String.raw`^single_blocks\.(\d+)\.${from}`),
  to: to.map((name) => `single_transformer_blocks.$1.${name}`),
});
const embedder = (from: string, to: string): NameRule[] => [
  { from: new RegExp(String.raw`^${from}\.in_layer\.`), to: [`time_text_embed.${to}.linear_1.`] },
  { from: new RegExp(String.raw`^${from}\.out_layer\.`), to: [`time_text_embed.${to}.linear_2.`] },
];

const RULES: readonly NameRule[] = [
  { from: /^img_in\./, to: ['x_embedder.'] },
  { from: /^txt_in\./, to: ['context_embedder.'] },
  ...embedder('time_in', 'timestep_embedder'),
  ...embedder('guidance_in', 'guidance_embedder'),
  ...embedder('vector_in', 'text_embedder'),

  double(String.raw`img_mod\.lin\.`, 'norm1.linear.'),
  double(String.raw`txt_mod\.lin\.`, 'norm1_context.linear.'),
  double(String.raw`img_attn\.qkv\.(weight|bias)$`, 'attn.to_q.$2', 'attn.to_k.$2', 'attn.to_v.$2'),
  double(String.raw`txt_attn\.qkv\.(weight|bias)$`, 'attn.add_q_proj.$2', 'attn.add_k_proj.$2', 'attn.add_v_proj.$2'),
  double(String.raw`img_attn\.norm\.query_norm\.scale$`, 'attn.norm_q.weight'),
  double(String.raw`img_attn\.norm\.key_norm\.scale$`, 'attn.norm_k.weight'),
  double(String.raw`txt_attn\.norm\.query_norm\.scale$`, 'attn.norm_added_q.weight'),
  double(String.raw`txt_attn\.norm\.key_norm\.scale$`, 'attn.norm_added_k.weight'),
  double(String.raw`img_attn\.proj\.`, 'attn.to_out.0.'),
  double(String.raw`txt_attn\.proj\.`, 'attn.to_add_out.'),
  double(String.raw`img_mlp\.0\.`, 'ff.net.0.proj.'),
  double(String.raw`img_mlp\.2\.`, 'ff.net.2.'),
  double(String.raw`txt_mlp\.0\.`, 'ff_context.net.0.proj.'),
  double(String.raw`txt_mlp\.2\.`, 'ff_context.net.2.'),

  single(String.raw`modulation\.lin\.`, 'norm.linear.'),
  {
    ...single(String.raw`linear1\.(weight|bias)$`, 'attn.to_q.$2', 'attn.to_k.$2', 'attn.to_v.$2', 'proj_mlp.$2'),
    parts: [1, 1, 1, 4],
  },
  single(String.raw`norm\.query_norm\.scale$`, 'attn.norm_q.weight'),
  single(String.raw`norm\.key_norm\.scale$`, 'attn.norm_k.weight'),
  single(String.raw`linear2\.`, 'proj_out.'),

  { from: /^final_layer\.linear\./, to: ['proj_out.'] },
  // The original has shift before scale here, diffusers scale before shift.
  { from: /^final_layer\.adaLN_modulation\.1\./, to: ['norm_out.linear.'], arrangement: 'halves swapped' },
];

/**
 * FLUX.1's transformer (black-forest-labs/flux: model.py, modules/layers.py) under diffusers' names: one matrix holds
 * queries, keys and values, in single blocks the first feed-forward layer as well.
 *
 * @param tensors without `model.diffusion_model.`
 * @throws HeadroomError `model`
 */
export function bflFlux(tensors: readonly StoredTensor[]): StoredTensor[] {
  return renamed(tensors, RULES);
}
