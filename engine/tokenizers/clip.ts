import { Tokenizer } from '@huggingface/tokenizers';
import { HeadroomError } from '../contract/errors.ts';
import { readClipFiles } from './clip-files.ts';
import type { TextTokenizer } from './prompt-chunks.ts';

/** The length of CLIP's position embedding, for a tokenizer that names none. */
const CLIP_LENGTH = 77;

/** CLIP's byte-pair tokenizer, with the padding that its model was trained on. */
export class ClipTokenizer implements TextTokenizer {
  readonly before = 1;
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

  get room(): number {
    return this.maxLength - 2;
  }

  tokens(text: string): readonly number[] {
    // The reference lowercases letter by letter, JavaScript by word: at a word's end it would make ς of a capital sigma.
    return this.#tokenizer.encode(text.replaceAll('Σ', 'σ'), { add_special_tokens: false }).ids;
  }

  framed(tokens: readonly number[]): readonly number[] {
    const padding = new Array<number>(this.room - tokens.length).fill(this.padId);
    return [this.bosId, ...tokens, this.eosId, ...padding];
  }
}
