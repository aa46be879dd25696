import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReferenceJson } from '../../tests/support/fixtures.ts';
import { ClipTokenizer } from './clip.ts';
import { promptChunks } from './prompt-chunks.ts';

interface Recorded {
  pad: number;
  rows: { prompt: string; tokens: number; ids: number[] }[];
}

const starter = join(import.meta.dirname, '../../resources/models/starter/tokenizer');
const recorded = readReferenceJson<{ end: Recorded; exclamation: Recorded }>('tokenizer/tokenizer.json');
/** The first chunk of a prompt. */
function encode(tokenizer: ClipTokenizer, prompt: string) {
  const { chunks, cut } = promptChunks(tokenizer, [{ content: prompt, weight: 1 }], 1);
  return { ids: chunks[0]!.ids, cut };
}
const padded = (ids: readonly number[], pad: number) => [...ids, ...new Array<number>(77 - ids.length).fill(pad)];

let temporary: string;
/** A folder of the older kind: the starter's tokenizer without its tokenizer.json, some files replaced. */
let folderCount = 0;
function olderFolder(replaced: Record<string, string | null> = {}): string {
  const folder = mkdtempSync(join(temporary, `${folderCount++}-`));
  for (const name of ['vocab.json', 'merges.txt', 'special_tokens_map.json', 'tokenizer_config.json']) {
    if (replaced[name] === undefined) copyFileSync(join(starter, name), join(folder, name));
  }
  for (const [name, text] of Object.entries(replaced)) if (text !== null) writeFileSync(join(folder, name), text);
  return folder;
}

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'headroom-clip-'));
});
afterAll(() => rmSync(temporary, { recursive: true }));

describe('ClipTokenizer', () => {
  describe.each([
    ['tokenizer.json', 'end', () => starter],
    ['vocab.json and merges.txt', 'end', () => olderFolder()],
    [
      'vocab.json and merges.txt, padding with "!" as Stable Diffusion 2',
      'exclamation',
      () =>
        olderFolder({
          'tokenizer_config.json': '{"model_max_length": 77}',
          'special_tokens_map.json': '{"pad_token": {"content": "!", "lstrip": false}, "eos_token": "<|endoftext|>"}',
        }),
    ],
  ] as const)('from %s', (_, kind, folder) => {
    const { pad, rows } = recorded[kind];
    let tokenizer: ClipTokenizer;
    beforeAll(() => {
      tokenizer = ClipTokenizer.load(folder());
    });

    it.each(rows)('gives the ids of transformers for $prompt', ({ prompt, tokens, ids }) => {
      expect(encode(tokenizer, prompt)).toEqual({
        ids: padded(ids, pad),
        cut: Math.max(0, tokens - 75),
      });
    });
  });

  it('gives the ids of the starter references', () => {
    const { prompt, tokens } = readReferenceJson<{ prompt: string; tokens: number[] }>('starter/reference.json');
    expect(encode(ClipTokenizer.load(starter), prompt).ids).toEqual(tokens);
  });

  it('adds the pad token to a tokenizer.json that does not know it as special', () => {
    const folder = olderFolder({
      'tokenizer.json': readFileSync(join(starter, 'tokenizer.json'), 'utf8'),
      'tokenizer_config.json': '{"pad_token": "!", "model_max_length": 1e30}',
    });
    const tokenizer = ClipTokenizer.load(folder);
    expect([tokenizer.padId, tokenizer.maxLength]).toEqual([0, 77]);
    const row = recorded.exclamation.rows.find(({ prompt }) => prompt.includes('hello!'))!;
    expect(encode(tokenizer, row.prompt).ids).toEqual(padded(row.ids, 0));
  });

  it('uses added tokens of tokenizer_config.json', () => {
    const folder = olderFolder({
      'tokenizer_config.json': '{"added_tokens_decoder": {"4096": {"content": "<cat-toy>", "special": false}}}',
    });
    expect(encode(ClipTokenizer.load(folder), 'a <cat-toy>').ids.slice(0, 4)).toEqual([4094, 320, 4096, 4095]);
  });

  it('encodes an enormous prompt', () => {
    const { ids, cut } = encode(ClipTokenizer.load(starter), 'x'.repeat(200_000));
    expect(ids.length).toBe(77);
    expect(cut).toBeGreaterThan(10_000);
  });

  it.each([
    ['vocab.json is missing', { 'vocab.json': null }, /vocab\.json is missing/],
    ['merges.txt is missing', { 'merges.txt': null }, /merges\.txt is missing/],
    ['vocab.json is cut short', { 'vocab.json': '{"a": 1,' }, /vocab\.json is not a usable tokenizer file: .*JSON/],
    ['an id is no number', { 'vocab.json': '{"a": "b"}' }, /vocab\.json is not a usable tokenizer file: a:/],
    ['the vocabulary lacks its end token', { 'vocab.json': '{"a": 1}' }, /vocab\.json has no token "<\|/],
    ['a merge is no pair', { 'merges.txt': '#version: 0.2\na b\nabc\n' }, /merges\.txt is malformed: line 3/],
    ['the settings are a list', { 'tokenizer_config.json': '[]' }, /tokenizer_config\.json is not a usable/],
    [
      'a special token is a number',
      { 'special_tokens_map.json': '{"pad_token": 7}' },
      /special_tokens_map\.json.*pad_token/,
    ],
    [
      'another kind of tokenizer',
      { 'tokenizer.json': '{"model": {"type": "Unigram"}}' },
      /tokenizer\.json is not a usable/,
    ],
    [
      'a normaliser that nobody knows',
      { 'tokenizer.json': readFileSync(join(starter, 'tokenizer.json'), 'utf8').replace('"NFC"', '"NFX"') },
      /tokenizer\.json is not a usable tokenizer file: .*NFX/,
    ],
  ])('explains when %s', (_, replaced, message) => {
    const load = () => ClipTokenizer.load(olderFolder(replaced));
    expect(load).toThrow(message);
    expect(load).toThrow(expect.objectContaining({ name: 'HeadroomError', code: 'model' }));
  });
});
