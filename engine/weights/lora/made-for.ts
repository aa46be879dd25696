import type { LoraFile } from './lora-file.ts';

/** The models by the width of the text that their UNets attend to. */
const BY_CONTEXT: Readonly<Record<number, string>> = {
  768: 'Stable Diffusion 1',
  1024: 'Stable Diffusion 2',
  2048: 'Stable Diffusion XL',
};

/** What kind of model a LoRA was made for, as far as its layers tell. */
export function madeFor({ updates }: Pick<LoraFile, 'updates'>): string | undefined {
  const has = (pattern: RegExp) => updates.some(({ layer }) => pattern.test(layer));
  if (has(/(double|single)_blocks|single_transformer_blocks/)) return 'FLUX.1';
  if (has(/joint_blocks/)) return 'Stable Diffusion 3';
  const attention = updates.find(({ layer }) => /attn2[._](processor[._])?to_[kv]$/.test(layer));
  const context = attention?.difference.columns;
  if (context !== undefined) return BY_CONTEXT[context];
  return has(/^(lora_te2_|text_encoder_2\.)/) ? 'Stable Diffusion XL' : undefined;
}
