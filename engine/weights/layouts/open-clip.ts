import type { StoredTensor } from '../stored-tensor.ts';
import { type NameRule, renamed } from './name-rules.ts';

const LAYER = String.raw`^transformer\.resblocks\.(\d+)\.`;
const layer = (from: string, ...to: string[]): NameRule => ({
  from: new RegExp(LAYER + from),
  to: to.map((name) => `text_model.encoder.layers.$1.${name}`),
});
const PROJECTIONS = ['q_proj', 'k_proj', 'v_proj'];

const RULES: readonly NameRule[] = [
  { from: /^token_embedding\./, to: ['text_model.embeddings.token_embedding.'] },
  { from: /^positional_embedding$/, to: ['text_model.embeddings.position_embedding.weight'] },
  { from: /^ln_final\./, to: ['text_model.final_layer_norm.'] },
  { from: /^text_projection$/, to: ['text_projection.weight'], arrangement: 'transposed' },
  { from: /^text_projection\.weight$/, to: ['text_projection.weight'] },
  layer(String.raw`ln_([12])\.`, 'layer_norm$2.'),
  layer(String.raw`attn\.in_proj_(weight|bias)$`, ...PROJECTIONS.map((name) => `self_attn.${name}.$2`)),
  layer(String.raw`attn\.out_proj\.`, 'self_attn.out_proj.'),
  layer(String.raw`mlp\.c_fc\.`, 'mlp.fc1.'),
  layer(String.raw`mlp\.c_proj\.`, 'mlp.fc2.'),
];

/**
 * A text encoder of open_clip (mlfoundations/open_clip: transformer.py) under the names of transformers' CLIPTextModel:
 * one matrix holds queries, keys and values, and the text projection is stored for a product from the right.
 *
 * @param tensors without `cond_stage_model.model.` or `conditioner.embedders.1.model.`
 * @throws HeadroomError `model`
 */
export function openClip(tensors: readonly StoredTensor[]): StoredTensor[] {
  return renamed(tensors, RULES);
}
