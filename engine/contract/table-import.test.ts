import { describe, expect, it } from 'vitest';
import type { TableColumn } from './table.ts';
import { tableFromText, tableToText } from './table-import.ts';

const columns: TableColumn[] = [
  { name: 'prompt', title: 'Prompt', type: 'text' },
  { name: 'negative_prompt', title: 'Negative prompt', type: 'text' },
  { name: 'seed', title: 'Seed', type: 'integer' },
  { name: 'guidance_scale', title: 'Guidance scale', type: 'float' },
];
const read = (text: string, maxRows = 100) => tableFromText(text, columns, maxRows);

describe('tableFromText', () => {
  it('takes columns by name or title, in any order, and leaves empty cells out', () => {
    expect(read('seed,Prompt,Guidance Scale\n7,apple,\n,"pear, ripe",4.5\n')).toEqual([
      { seed: 7, prompt: 'apple' },
      { prompt: 'pear, ripe', guidance_scale: 4.5 },
    ]);
  });

  it('takes the columns in their order where no line names them', () => {
    expect(read('apple\tblur\t3\r\npear\r\n')).toEqual([
      { prompt: 'apple', negative_prompt: 'blur', seed: 3 },
      { prompt: 'pear' },
    ]);
  });

  it('reads semicolons, a byte order mark, quotes, line breaks in cells, and no last line break', () => {
    expect(read('\uFEFFprompt;seed\r\n"say ""hi""\nand go";1\r\n5" nails;2')).toEqual([
      { prompt: 'say "hi"\nand go', seed: 1 },
      { prompt: '5" nails', seed: 2 },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['an unknown column', 'prompt,sead\napple,1', /no column "sead".*prompt, negative_prompt, seed, guidance_scale/],
    ['a column twice', 'seed,Seed\n1,2', /seed is there twice/],
    ['columns of something else', 'name,size,price,stock,colour\na,b,1,2,3', /Row 1 \(line 1\) has 5 cells.*4 columns/],
    ['too many cells', 'prompt,seed\napple,1,2', /Row 1 \(line 2\) has 3 cells/],
    [
      'text for a number',
      'prompt,seed\n"two\nlines",1\npear,many',
      /Row 2 \(line 4\), column seed must be a whole number, not "many"/,
    ],
    ['a fraction for a whole number', 'seed\n1.5', /column seed must be a whole number/],
    ['quotes that are not closed', 'prompt,seed\napple,1\n"pear,2\n', /Line 3, column 1: the quotes .* not closed/],
    ['text after closing quotes', 'prompt,seed\n"pear" tree,2\n', /Line 2, column 1: .* after its closing quotes/],
  ])('refuses %s and says where', (_what, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'input', message: expect.stringMatching(message) }),
    );
  });

  it('takes no more rows than a table may have', () => {
    expect(read('seed\n1\n2\n3', 3)).toHaveLength(3);
    expect(() => read('seed\n1\n2\n3\n4', 3)).toThrow(/4 rows.*at most 3/);
  });
});

describe('tableToText', () => {
  it('writes what is read back the same, whatever is in the cells', () => {
    const alphabet = ['a', '"', ',', ';', '\t', '\n', '\r\n', ' ', 'é', '\u{1f34e}'];
    let state = 1;
    const random = (count: number) => {
      state = (state * 48271) % 2147483647;
      return state % count;
    };
    const text = () => `x${Array.from({ length: random(8) }, () => alphabet[random(alphabet.length)]).join('')}`;
    const table = Array.from({ length: 200 }, () => ({ prompt: text(), negative_prompt: text(), seed: random(1e6) }));
    expect(read(tableToText(table, columns), 200)).toEqual(table);
  });

  it('leaves out columns that nothing is in, and writes all of them where there is nothing', () => {
    expect(tableToText([{ seed: 1 }], columns)).toBe('seed\r\n1\r\n');
    expect(tableToText([], columns)).toBe('prompt,negative_prompt,seed,guidance_scale\r\n');
  });
});
