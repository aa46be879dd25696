import type { TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { SourceTokenizer } from '../families/sources/source.ts';
import { ClipTokenizer } from '../tokenizers/clip.ts';
import type { TextTokenizer } from '../tokenizers/prompt-chunks.ts';
import { T5Tokenizer } from '../tokenizers/t5.ts';

/** More are seldom used in turns, and a vocabulary of 49,408 entries takes tens of megabytes. */
const MOST = 4;

/** The tokenizers of the models that were used last: loading one takes as long as a step or two on a fast device. */
export class Tokenizers {
  /** In order of last use. */
  readonly #loaded = new Map<string, TextTokenizer>();

  /** @throws HeadroomError `file` or `model` */
  of({ source, fingerprint }: Model, record: TextEncoderRecord): TextTokenizer {
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

function load({ folder, padToken }: SourceTokenizer, { tokenizer, tokens }: TextEncoderRecord): TextTokenizer {
  switch (tokenizer.kind) {
    case 'clip':
      return ClipTokenizer.load(folder, padToken);
    case 't5':
      return T5Tokenizer.load(folder, tokens);
  }
}
