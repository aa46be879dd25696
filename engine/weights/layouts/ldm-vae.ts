import type { StoredTensor } from '../stored-tensor.ts';
import { type NameRule, renamed } from './name-rules.ts';

const RULES: readonly NameRule[] = [
  { from: /^(post_)?quant_conv\./, to: ['$1quant_conv.'] },
  { from: /^(encoder|decoder)\.(conv_in|conv_out)\./, to: ['$1.$2.'] },
  { from: /^(encoder|decoder)\.norm_out\./, to: ['$1.conv_norm_out.'] },
  { from: /^encoder\.down\.(\d+)\.downsample\.conv\./, to: ['encoder.down_blocks.$1.downsamplers.0.conv.'] },
  { from: /^decoder\.up\.(\d+)\.upsample\.conv\./, to: ['decoder.up_blocks.$1.upsamplers.0.conv.'] },
  {
    from: /^encoder\.down\.(\d+)\.block\.(\d+)\.nin_shortcut\./,
    to: ['encoder.down_blocks.$1.resnets.$2.conv_shortcut.'],
  },
  { from: /^decoder\.up\.(\d+)\.block\.(\d+)\.nin_shortcut\./, to: ['decoder.up_blocks.$1.resnets.$2.conv_shortcut.'] },
  { from: /^encoder\.down\.(\d+)\.block\.(\d+)\./, to: ['encoder.down_blocks.$1.resnets.$2.'] },
  { from: /^decoder\.up\.(\d+)\.block\.(\d+)\./, to: ['decoder.up_blocks.$1.resnets.$2.'] },
  { from: /^(encoder|decoder)\.mid\.block_1\./, to: ['$1.mid_block.resnets.0.'] },
  { from: /^(encoder|decoder)\.mid\.block_2\./, to: ['$1.mid_block.resnets.1.'] },
  { from: /^(encoder|decoder)\.mid\.attn_1\.norm\./, to: ['$1.mid_block.attentions.0.group_norm.'] },
  { from: /^(encoder|decoder)\.mid\.attn_1\.([qkv])\./, to: ['$1.mid_block.attentions.0.to_$2.'] },
  { from: /^(encoder|decoder)\.mid\.attn_1\.proj_out\./, to: ['$1.mid_block.attentions.0.to_out.0.'] },
];

/**
 * The autoencoder of Stable Diffusion and FLUX under diffusers' names. The original counts the decoder's levels from the
 * widest picture (CompVis/latent-diffusion: model.py, Decoder), diffusers in order of use.
 *
 * @param tensors without `first_stage_model.` or `vae.`
 * @throws HeadroomError `model`
 */
export function ldmVae(tensors: readonly StoredTensor[]): StoredTensor[] {
  const levels = tensors.flatMap(({ name }) => Number(/^decoder\.up\.(\d+)\./.exec(name)?.[1] ?? 0));
  const last = Math.max(...levels);
  return renamed(tensors, RULES).map((tensor) => ({
    ...tensor,
    name: tensor.name.replace(/^decoder\.up_blocks\.(\d+)/, (_, level) => `decoder.up_blocks.${last - Number(level)}`),
  }));
}
