import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';

const zId = z.int().nonnegative();

/** A token as these files write it: its text, or an object that holds it. */
const zToken = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .transform((token) => (typeof token === 'string' ? token : token.content));

/** `special_tokens_map.json`, and the part of `tokenizer_config.json` that says the same. */
const zSpecialTokens = z.object({
  bos_token: zToken.nullish(),
  eos_token: zToken.nullish(),
  unk_token: zToken.nullish(),
  pad_token: zToken.nullish(),
});
const zTokenizerConfig = zSpecialTokens.extend({
  // "No limit" is written as a float of 1e30.
  model_max_length: z.number().min(3).nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string() })).nullish(),
});

const zVocabulary = z.record(z.string(), zId);
const zAddedToken = z.looseObject({ id: zId, content: z.string() });
const zTokenizerJson = z.looseObject({
  added_tokens: z.array(zAddedToken).default([]),
  normalizer: z.looseObject({ type: z.string() }).nullable(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullable(),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: zVocabulary,
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    end_of_word_suffix: z.literal('</w>'),
  }),
});

/** A tokenizer as the library takes it: the content of a `tokenizer.json`. */
export type TokenizerDescription = z.infer<typeof zTokenizerJson>;

/** What a CLIP tokenizer's folder says, with CLIP's own defaults for what it leaves out. */
export interface ClipFiles {
  /** The file that holds the vocabulary, to be named in errors. */
  readonly vocabularyPath: string;
  readonly description: TokenizerDescription;
  readonly bosToken: string;
  readonly eosToken: string;
  readonly padToken: string;
  /** Null if the folder names no limit. */
  readonly maxLength: number | null;
}

/**
 * Reads a tokenizer folder: `tokenizer.json`, or else `vocab.json` and `merges.txt`; and, where there are, the settings in
 * `tokenizer_config.json` and `special_tokens_map.json`.
 * @throws HeadroomError `file` if a file cannot be read, `model` if one is missing or malformed; both name the file
 */
export function readClipFiles(folder: string): ClipFiles {
  const config = readOptional(join(folder, 'tokenizer_config.json'), zTokenizerConfig);
  const map = readOptional(join(folder, 'special_tokens_map.json'), zSpecialTokens);
  const special = (name: keyof z.infer<typeof zSpecialTokens>, otherwise: string): string =>
    config?.[name] ?? map?.[name] ?? otherwise;

  const eosToken = special('eos_token', '<|endoftext|>');
  const tokens = {
    bosToken: special('bos_token', '<|startoftext|>'),
    eosToken,
    padToken: special('pad_token', eosToken),
  };
  const unkToken = special('unk_token', eosToken);

  const tokenizerPath = join(folder, 'tokenizer.json');
  const described = readOptional(tokenizerPath, zTokenizerJson);
  const vocabularyPath = described ? tokenizerPath : join(folder, 'vocab.json');
  const description = described ?? describeClip(readVocabulary(vocabularyPath), readMerges(folder), unkToken);

  const added = Object.entries(config?.added_tokens_decoder ?? {}).map(([id, token]) => ({ ...token, id: Number(id) }));
  const specials = [...Object.values(tokens), unkToken].map((content) => ({
    id: tokenId(description, content, vocabularyPath),
    content,
    special: true,
  }));
  const known = new Map([...specials, ...added, ...description.added_tokens].map((token) => [token.content, token]));

  const limit = config?.model_max_length;
  return {
    vocabularyPath,
    description: { ...description, added_tokens: [...known.values()] },
    ...tokens,
    maxLength: limit && Number.isSafeInteger(limit) ? limit : null,
  };
}

/** @throws HeadroomError `model` if the tokenizer has no such token */
function tokenId(description: TokenizerDescription, content: string, path: string): number {
  const id =
    description.added_tokens.find((token) => token.content === content)?.id ?? description.model.vocab[content];
  if (id === undefined)
    throw new HeadroomError('model', `${path} has no token "${content}", which the tokenizer needs.`);
  return id;
}

/** CLIP's tokenizer around a vocabulary and its merges; as transformers' `CLIPTokenizer` builds it. */
function describeClip(vocab: Record<string, number>, merges: string[], unkToken: string): TokenizerDescription {
  return {
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab, merges, unk_token: unkToken, end_of_word_suffix: '</w>' },
  };
}

function readVocabulary(path: string): Record<string, number> {
  const vocabulary = readOptional(path, zVocabulary);
  if (!vocabulary)
    throw new HeadroomError('model', `${path} is missing, and so is a tokenizer.json: one of them is needed.`);
  return vocabulary;
}

function readMerges(folder: string): string[] {
  const path = join(folder, 'merges.txt');
  const text = readText(path);
  if (text === null) throw new HeadroomError('model', `${path} is missing; vocab.json is of no use without it.`);
  const lines = text.split(/\r?\n/);
  const first = lines[0]?.startsWith('#version') ? 1 : 0;
  const merges: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index < first || line === '') continue;
    if (!/^\S+ \S+$/.test(line)) {
      throw new HeadroomError(
        'model',
        `${path} is malformed: line ${index + 1} is not two tokens with a space between.`,
      );
    }
    merges.push(line);
  }
  return merges;
}

/** A JSON file's content, or null if there is no such file. */
function readOptional<T>(path: string, schema: z.ZodType<T>): T | null {
  const text = readText(path);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(path, `${issue?.path.join('.') || 'its content'}: ${issue?.message}`, parsed.error);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HeadroomError('file', `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function malformed(path: string, reason: string, cause: unknown): HeadroomError {
  return new HeadroomError('model', `${path} is not a usable tokenizer file: ${reason}.`, { cause });
}
