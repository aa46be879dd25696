import { describe, expect, it } from 'vitest';
import type { Table, TableColumn } from '../../engine/contract/table.ts';
import { cleared, deleted, duplicated, filledDown, moved, withCells } from './edits.ts';

const columns: TableColumn[] = [
  { name: 'prompt', title: 'Prompt', type: 'text' },
  { name: 'seed', title: 'Seed', type: 'integer' },
];
const table: Table = [{ prompt: 'a', seed: 1 }, { prompt: 'b' }, { prompt: 'c', seed: 3 }];
const prompts = (rows: Table) => rows.map((row) => row.prompt);

describe('edits of a table', () => {
  it('put cells in, add rows for them, and leave other rows the same objects', () => {
    const changed = withCells(table, 2, 1, [[null], [7, 'beyond the last column']], columns);
    expect(changed).toEqual([{ prompt: 'a', seed: 1 }, { prompt: 'b' }, { prompt: 'c' }, { seed: 7 }]);
    expect(changed[0]).toBe(table[0]);
    expect(withCells(table, 0, 0, [['a']], columns)[0]).toBe(table[0]);
  });

  it('clear and fill down within a block', () => {
    expect(cleared(table, { top: 1, left: 0, bottom: 2, right: 0 }, columns)).toEqual([table[0], {}, { seed: 3 }]);
    expect(filledDown(table, { top: 0, left: 1, bottom: 2, right: 1 }, columns).map(({ seed }) => seed)).toEqual([
      1, 1, 1,
    ]);
  });

  it('duplicate, delete and move rows', () => {
    const twice = duplicated(table, 0, 1);
    expect(prompts(twice)).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(twice[2]).not.toBe(table[0]);
    expect(prompts(deleted(table, 1, 9))).toEqual(['a']);
    expect(prompts(moved(table, 1, 2, -1))).toEqual(['b', 'c', 'a']);
    expect(prompts(moved(table, 0, 0, 1))).toEqual(['b', 'a', 'c']);
  });

  it('do not move rows over the edge, nor the empty line below', () => {
    expect(moved(table, 0, 1, -1)).toBe(table);
    expect(moved(table, 2, 3, 1)).toBe(table);
    expect(moved(table, 3, 3, -1)).toBe(table);
  });
});
