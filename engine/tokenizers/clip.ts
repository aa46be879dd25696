import { Tokenizer } from '@huggingface/tokenizers';
import { HeadroomError } from '../contract/errors.ts';
import { readClipFiles } from './clip-files.ts';

/** The length of CLIP's position embedding, for a tokenizer that names none. */
const CLIP_LENGTH = 77;

/** A prompt as a text encoder takes it. */
export interface EncodedPrompt {
  /** As many ids as the tokenizer's `maxLength`: begin, the prompt's tokens, end, padding. */
  readonly ids: readonly number[];
  /** How many of the ids are not padding, begin and end included. */
  readonly length: number;
  /** How many of the prompt's tokens did not fit and were left out, from its end. */
  readonly cut: number;
}

/** Some of a prompt's text, or how many tokens something has there that is no text. */
export type PromptPart = string | number;

/** CLIP's byte-pair tokenizer, with the padding that its model was trained on. */
export class ClipTokenizer {
  readonly maxLength: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly #tokenizer: Tokenizer;

  private constructor(tokenizer: Tokenizer, maxLength: number, ids: { bosId: number; eosId: number; padId: number }) {
    this.#tokenizer = tokenizer;
    this.maxLength = maxLength;
    this.bosId = ids.bosId;
    this.eosId = ids.eosId;
    this.padId = ids.padId;
  }

  /**
   * Loads a model's `tokenizer` folder.
   * @param padToken what short prompts are filled up with, if not what the folder itself says
   * @throws HeadroomError `file` or `model`, naming the file and what is wrong with it
   */
  static load(folder: string, padToken?: string): ClipTokenizer {
    const files = readClipFiles(folder);
    const unusable = (reason: string, cause?: unknown) =>
      new HeadroomError('model', `${files.vocabularyPath} is not a usable tokenizer file: ${reason}.`, { cause });
    let tokenizer: Tokenizer;
    try {
      tokenizer = new Tokenizer({ post_processor: null, decoder: null, ...files.description }, {});
    } catch (cause) {
      throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const id = (token: string): number => {
      const found = tokenizer.token_to_id(token);
      if (found === undefined) throw unusable(`it has no token "${token}"`);
      return found;
    };
    return new ClipTokenizer(tokenizer, files.maxLength ?? CLIP_LENGTH, {
      bosId: id(files.bosToken),
      eosId: id(files.eosToken),
      padId: id(padToken ?? files.padToken),
    });
  }

  /** Any text is a prompt; what is too long is cut so that the end token stays. What is no text has the id -1. */
  encode(prompt: string | readonly PromptPart[]): EncodedPrompt {
    const tokens = [prompt].flat().flatMap((part) => {
      if (typeof part === 'number') return new Array<number>(part).fill(-1);
      // The reference lowercases letter by letter, JavaScript by word: at a word's end it would make ς of a capital sigma.
      return this.#tokenizer.encode(part.replaceAll('Σ', 'σ'), { add_special_tokens: false }).ids;
    });
    const room = this.maxLength - 2;
    const kept = tokens.slice(0, room);
    const ids = [this.bosId, ...kept, this.eosId];
    const padding = new Array<number>(this.maxLength - ids.length).fill(this.padId);
    return { ids: [...ids, ...padding], length: ids.length, cut: tokens.length - kept.length };
  }
}
