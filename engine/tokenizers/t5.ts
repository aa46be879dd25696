import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';
import type { TextTokenizer } from './prompt-chunks.ts';

const zPart = z.looseObject({ type: z.string() }).nullable();
const zTokenizerJson = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative(), content: z.string() })),
  normalizer: zPart,
  pre_tokenizer: zPart,
  model: z.looseObject({
    type: z.literal('Unigram'),
    unk_id: z.int().nonnegative(),
    vocab: z.array(z.tuple([z.string(), z.number()])).min(1),
  }),
});

/** T5's Unigram tokenizer (https://arxiv.org/abs/1804.10959). */
export class T5Tokenizer implements TextTokenizer {
  readonly room: number;
  readonly before = 0;
  readonly eosId: number;
  readonly padId: number;
  readonly #tokenizer: Tokenizer;

  private constructor(tokenizer: Tokenizer, length: number, eosId: number, padId: number) {
    this.#tokenizer = tokenizer;
    this.room = length - 1;
    this.eosId = eosId;
    this.padId = padId;
  }

  /**
   * Loads the `tokenizer.json` of a model's tokenizer folder.
   *
   * @param length how many ids: what the denoiser was trained on (512 for FLUX.1-dev, 256 for schnell)
   * @throws HeadroomError `file` or `model`, naming the file and what is wrong with it or missing
   */
  static load(folder: string, length: number): T5Tokenizer {
    const path = join(folder, 'tokenizer.json');
    const unusable = (reason: string, cause?: unknown) =>
      new HeadroomError('model', `${path} is not a usable T5 tokenizer: ${reason}.`, { cause });
    const text = readTokenizer(path, folder);
    let tokenizer: Tokenizer;
    try {
      const parsed = zTokenizerJson.safeParse(JSON.parse(text));
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new Error(`${issue?.path.join('.') || 'its content'}: ${issue?.message}`);
      }
      tokenizer = new Tokenizer({ ...parsed.data, post_processor: null, decoder: null }, {});
    } catch (cause) {
      throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const id = (token: string): number => {
      const found = tokenizer.token_to_id(token);
      if (found === undefined) throw unusable(`it has no token "${token}"`);
      return found;
    };
    return new T5Tokenizer(tokenizer, length, id('</s>'), id('<pad>'));
  }

  tokens(text: string): readonly number[] {
    // The reference keeps joiners, as in emoji of families; the library would make spaces of them. T5 knows neither a
    // joiner nor this character.
    const kept = text.replaceAll(/[\u200c\u200d]/g, '\ue000');
    return pieces(kept).flatMap((piece) => this.#tokenizer.encode(piece, { add_special_tokens: false }).ids);
  }

  framed(tokens: readonly number[]): readonly number[] {
    const padding = new Array<number>(this.room - tokens.length).fill(this.padId);
    return [...tokens, this.eosId, ...padding];
  }
}

/**
 * A text in pieces that the library can take: at once, it fails at some hundred thousand characters. Cut between words,
 * which are tokenized one by one; inside a word only where that is far beyond what any model reads.
 */
function pieces(text: string): readonly string[] {
  return text.length <= 10_000 ? [text] : (text.match(/[\s\S]{1,10000}(?=\s|$)|\S{10000}/gu) ?? []);
}

function readTokenizer(path: string, folder: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new HeadroomError('file', `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
    const found = existsSync(join(folder, 'spiece.model'))
      ? ' There is only spiece.model, the older form of the same tokenizer, which Headroom does not read.'
      : '';
    throw new HeadroomError(
      'model',
      `${path} is missing.${found} Download tokenizer.json of the same model, or of another with the same T5 encoder.`,
    );
  }
}
