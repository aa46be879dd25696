/** What else people keep as safetensors files, and what of it can be used with a model. */
export interface OtherFile {
  readonly kind: 'lora' | 'controlnet' | 'embedding' | 'unknown';
  readonly words: string;
}

/** By a name that tells it. */
const OTHERS: readonly (readonly [RegExp, OtherFile])[] = [
  [
    /(^|[._])lora_|\.lora\.|\.(hada|lokr)_w1/,
    { kind: 'lora', words: 'a LoRA: it changes a model and cannot draw by itself' },
  ],
  [
    /^(control_model|controlnet_)/,
    { kind: 'controlnet', words: 'a ControlNet: it guides a model and cannot draw by itself' },
  ],
  [
    /^(emb_params|string_to_param|clip_[lg]$)/,
    { kind: 'embedding', words: 'a textual inversion: it belongs to a prompt' },
  ],
  [/joint_blocks\./, { kind: 'unknown', words: 'Stable Diffusion 3, which Headroom does not know yet' }],
  [/distilled_guidance_layer\./, { kind: 'unknown', words: 'Chroma, which Headroom does not know yet' }],
  [/double_stream_modulation_img\./, { kind: 'unknown', words: 'FLUX.2, which Headroom does not know yet' }],
];

/** What a file is taken for that holds no network of a known model, from the names of its tensors. */
export function otherFile(names: readonly string[]): OtherFile | undefined {
  return OTHERS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
