import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReferenceJson } from '../../tests/support/fixtures.ts';
import { promptChunks } from './prompt-chunks.ts';
import { T5Tokenizer } from './t5.ts';

interface Row {
  prompt: string;
  tokens: number;
  ids: number[];
}
type Form = 'words' | 'text';

const recorded = readReferenceJson<Record<Form, Row[]>>('t5-tokenizer/tokens.json');
const { words, text, ...common } =
  readReferenceJson<Record<Form | 'model' | 'added_tokens', object>>('t5-tokenizer/vocabulary.json');
const described = { words: { ...common, ...words }, text: { ...common, ...text } };

let temporary: string;
let folderCount = 0;
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(temporary, `${folderCount++}-`));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}
const load = (form: Form, length: number) =>
  T5Tokenizer.load(folderWith({ 'tokenizer.json': JSON.stringify(described[form]) }), length);
/** The one chunk that T5 reads of a prompt. */
function encode(tokenizer: T5Tokenizer, prompt: string) {
  const { chunks, cut } = promptChunks(tokenizer, [{ content: prompt, weight: 1 }], 1);
  return { ids: chunks[0]!.ids, cut };
}

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'headroom-t5-'));
});
afterAll(() => rmSync(temporary, { recursive: true }));

describe('T5Tokenizer', () => {
  describe.each(['words', 'text'] as const)('from a tokenizer.json that splits %s', (form) => {
    it.each(recorded[form])('gives the ids of transformers for $prompt', ({ prompt, tokens, ids }) => {
      expect(encode(load(form, 48), prompt)).toEqual({
        ids: [...ids, ...new Array<number>(48 - ids.length).fill(0)],
        cut: Math.max(0, tokens - 47),
      });
    });
  });

  it.each(['words', 'text'] as const)('encodes an enormous prompt by %s', (form) => {
    const tokenizer = load(form, 512);
    const tokensPerWord = tokenizer.tokens('apple').length;
    const { ids, cut } = encode(tokenizer, 'apple '.repeat(10_000));
    expect(ids).toHaveLength(512);
    expect(cut).toBe(10_000 * tokensPerWord - 511);
    expect(encode(tokenizer, 'x'.repeat(200_000)).cut).toBeGreaterThan(10_000);
  });

  it.each([
    ['only spiece.model is there', { 'spiece.model': 'x' }, /tokenizer\.json is missing\. There is only spiece\.model/],
    ['nothing is there', {}, /tokenizer\.json is missing\. Download tokenizer\.json/],
    ['the file is cut short', { 'tokenizer.json': '{"model": {' }, /not a usable T5 tokenizer: .*JSON/],
    [
      'it is that of another model',
      { 'tokenizer.json': JSON.stringify({ ...described.words, model: { type: 'BPE', vocab: {} } }) },
      /tokenizer\.json is not a usable T5 tokenizer: model\.type/,
    ],
    [
      'it has no end token',
      {
        'tokenizer.json': JSON.stringify({
          ...described.words,
          added_tokens: [],
          model: { type: 'Unigram', unk_id: 0, vocab: [['a', 0]] },
        }),
      },
      /it has no token "<\/s>"/,
    ],
    [
      'a normaliser is unknown',
      { 'tokenizer.json': JSON.stringify({ ...described.words, normalizer: { type: 'NFX' } }) },
      /not a usable T5 tokenizer: .*NFX/,
    ],
  ])('explains when %s', (_, files, message) => {
    const attempt = () => T5Tokenizer.load(folderWith(files as Record<string, string>), 48);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: 'HeadroomError', code: 'model' }));
  });
});
