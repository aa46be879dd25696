import { join } from 'node:path';
import type { Model } from '../families/model.ts';
import { ClipTokenizer } from '../tokenizers/clip.ts';

/** More models are seldom used in turns, and a vocabulary of 49,408 entries takes tens of megabytes. */
const MOST = 2;

/** The tokenizers of the models that were used last: loading one takes as long as a step or two on a fast device. */
export class Tokenizers {
  /** In order of last use. */
  readonly #loaded = new Map<string, ClipTokenizer>();

  /** @throws HeadroomError `file` or `model` */
  of({ folder, fingerprint }: Model): ClipTokenizer {
    const key = `${folder}\0${fingerprint}`;
    const tokenizer = this.#loaded.get(key) ?? ClipTokenizer.load(join(folder, 'tokenizer'));
    this.#loaded.delete(key);
    this.#loaded.set(key, tokenizer);
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= MOST) break;
      this.#loaded.delete(oldest);
    }
    return tokenizer;
  }
}
