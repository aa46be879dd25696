import { describe, expect, it } from 'vitest';
import type { TableColumn } from '../../engine/contract/table.ts';
import { pasted } from './paste.ts';

const columns: TableColumn[] = [
  { name: 'prompt', title: 'Prompt', type: 'text' },
  { name: 'negative_prompt', title: 'Negative prompt', type: 'text' },
  { name: 'seed', title: 'Seed', type: 'integer' },
];
const table = [
  { prompt: 'a', seed: 1 },
  { prompt: 'b', seed: 2 },
];
const at = (top: number, left: number, bottom = top, right = left) => ({ top, left, bottom, right });
const paste = (text: string, selection = at(0, 0), maxRows = 100) => pasted(table, text, selection, columns, maxRows);

describe('pasting', () => {
  it('puts a block of cells in from the selection on, and adds rows', () => {
    const { table: rows, block } = paste('x\t9\r\n"two\nlines"\t\r\n', at(1, 1));
    expect(rows).toEqual([
      { prompt: 'a', seed: 1 },
      { prompt: 'b', negative_prompt: 'x', seed: 9 },
      { negative_prompt: 'two\nlines' },
    ]);
    expect(block).toEqual(at(1, 1, 2, 2));
  });

  it('goes by name where the first line is a header, between tabs or commas, wherever the selection is', () => {
    const wanted = [
      { prompt: 'a', seed: 1 },
      { prompt: 'p, q', seed: 5 },
      { prompt: 'r', seed: 6 },
    ];
    expect(paste('Seed\tPrompt\n5\tp, q\n6\tr', at(1, 2)).table).toEqual(wanted);
    expect(paste('seed,prompt\n5,"p, q"\n6,r', at(1, 2)).table).toEqual(wanted);
  });

  it('takes sentences with commas for one cell, whatever they begin with', () => {
    expect(paste('red apple, glossy').table[0]?.prompt).toBe('red apple, glossy');
    expect(paste('Seed, water and sun\nPrompt, please').table.map(({ prompt }) => prompt)).toEqual([
      'Seed, water and sun',
      'Prompt, please',
    ]);
  });

  it('fills a selection with a single value', () => {
    expect(paste('7', at(0, 2, 1, 2)).table.map(({ seed }) => seed)).toEqual([7, 7]);
  });

  it.each<[string, string, ReturnType<typeof at>, RegExp]>([
    ['text for a number', '5\nmany', at(0, 2), /Row 2, Seed must be a whole number, not “many”/],
    ['cells beyond the last column', '5\t6', at(0, 2), /Row 1 has more cells/],
    ['a header with a mistake', 'prompt\tsead\nx\t1', at(0, 0), /no column "sead"/],
    ['quotes that are not closed', '"x\t1', at(0, 0), /Line 1, column 1/],
  ])('refuses %s and says where', (_what, text, selection, message) => {
    expect(() => paste(text, selection)).toThrow(message);
  });

  it('makes no table larger than it may be', () => {
    expect(() => paste('x\ny', at(1, 0), 2)).toThrow(/more than 2 rows/);
  });
});
