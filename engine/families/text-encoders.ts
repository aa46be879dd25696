import { parseClipTextConfig } from '../models/clip/config.ts';
import { buildClipTextEncoder, type ClipTextOptions } from '../models/clip/graph.ts';
import { parseT5Config } from '../models/t5/config.ts';
import { buildT5Encoder } from '../models/t5/graph.ts';
import type { ComponentRecord, TextEncoderRecord } from './family.ts';

/** The length of CLIP's position embedding. */
const CLIP_TOKENS = 77;

/** Where a diffusers folder has them. */
const PLACES = {
  first: { name: 'text_encoder', folder: 'text_encoder', weightsName: 'model', tokenizer: 'tokenizer' },
  second: { name: 'text_encoder_2', folder: 'text_encoder_2', weightsName: 'model', tokenizer: 'tokenizer_2' },
} as const;

/** CLIP's text encoder (transformers: CLIPTextModel). @param options what the family takes of it */
export function clipTextEncoder(which: keyof typeof PLACES, options: ClipTextOptions = {}): TextEncoderRecord {
  const { tokenizer, ...place } = PLACES[which];
  const build =
    (vectors: boolean): ComponentRecord['build'] =>
    (config, source, weights, dialect) =>
      buildClipTextEncoder(parseClipTextConfig(config, source), weights, dialect, { ...options, vectors });
  return {
    ...place,
    tokenizer: { folder: tokenizer, kind: 'clip' },
    tokens: CLIP_TOKENS,
    build: build(false),
    withVectors: {
      component: { ...place, variant: 'vectors', build: build(true) },
      width: (config, source) => parseClipTextConfig(config, source).hidden_size,
    },
  };
}

/** The encoder of T5 1.1 (transformers: T5EncoderModel). @param tokens how many the denoiser was trained on */
export function t5TextEncoder(which: keyof typeof PLACES, tokens: number): TextEncoderRecord {
  const { tokenizer, ...place } = PLACES[which];
  return {
    ...place,
    tokenizer: { folder: tokenizer, kind: 't5' },
    tokens,
    build: (config, source, weights, dialect) => buildT5Encoder(parseT5Config(config, source), weights, dialect),
  };
}
