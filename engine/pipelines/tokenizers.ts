import type { TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { SourceTokenizer } from '../families/sources/source.ts';
import { ClipTokenizer, type EncodedPrompt, type PromptPart } from '../tokenizers/clip.ts';
import { T5Tokenizer } from '../tokenizers/t5.ts';

/** More are seldom used in turns, and a vocabulary of 49,408 entries takes tens of megabytes. */
const MOST = 4;

/** How a text encoder is given a prompt. */
interface PromptTokenizer {
  /** How many tokens a prompt may have before it is cut. */
  readonly room: number;
  /** What is no text has tokens of its own where the encoder takes vectors for it, and none elsewhere. */
  encode(prompt: readonly PromptPart[]): EncodedPrompt;
}

/** The tokenizers of the models that were used last: loading one takes as long as a step or two on a fast device. */
export class Tokenizers {
  /** In order of last use. */
  readonly #loaded = new Map<string, PromptTokenizer>();

  /** @throws HeadroomError `file` or `model` */
  of({ source, fingerprint }: Model, record: TextEncoderRecord): PromptTokenizer {
    const place = source.tokenizer(record);
    const key = [place.folder, place.padToken, fingerprint].join('\0');
    const tokenizer = this.#loaded.get(key) ?? load(place, record);
    this.#loaded.delete(key);
    this.#loaded.set(key, tokenizer);
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= MOST) break;
      this.#loaded.delete(oldest);
    }
    return tokenizer;
  }
}

function load(
  { folder, padToken }: SourceTokenizer,
  { tokenizer: { kind }, tokens }: TextEncoderRecord,
): PromptTokenizer {
  switch (kind) {
    case 'clip': {
      const tokenizer = ClipTokenizer.load(folder, padToken);
      return { room: tokenizer.maxLength - 2, encode: (prompt) => tokenizer.encode(prompt) };
    }
    case 't5': {
      const tokenizer = T5Tokenizer.load(folder);
      return { room: tokens - 1, encode: (prompt) => tokenizer.encode(textOf(prompt), tokens) };
    }
  }
}

function textOf(prompt: readonly PromptPart[]): string {
  return prompt.filter((part) => typeof part === 'string').join('');
}
