import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TableFiles } from './table-files.ts';

let folder: string;
let chosen: string | null;
const files = new TableFiles({ chooseTable: async () => chosen, chooseTableTarget: async () => chosen });

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-csv-'));
  chosen = path.join(folder, 'prompts.csv');
});
afterEach(() => rm(folder, { recursive: true }));

test.each<[string, Buffer]>([
  ['UTF-8', Buffer.from('prompt\nçay, 苹果')],
  ['UTF-8 with its mark', Buffer.from('\uFEFFprompt\nçay, 苹果')],
  ['UTF-16', Buffer.from('\uFEFFprompt\nçay, 苹果', 'utf16le')],
])('reads %s', async (_what, bytes) => {
  await writeFile(chosen ?? '', bytes);
  expect(await files.open()).toEqual({ outcome: 'done', value: { name: 'prompts.csv', text: 'prompt\nçay, 苹果' } });
});

test('reads what an old spreadsheet on Windows wrote', async () => {
  await writeFile(chosen ?? '', Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  expect(await files.open()).toMatchObject({ outcome: 'done', value: { text: 'café' } });
});

test('writes a file whole, and says why it cannot', async () => {
  expect(await files.save('x', 'prompt\r\nçay\r\n')).toEqual({ outcome: 'done', value: { path: chosen } });
  expect(await readFile(chosen ?? '', 'utf8')).toBe('\uFEFFprompt\r\nçay\r\n');
  expect(await readdir(folder)).toHaveLength(1);
  chosen = path.join(folder, 'none', 'x.csv');
  expect(await files.save('x', '')).toEqual({ outcome: 'failed', message: expect.stringContaining(chosen) });
  expect(await files.open()).toEqual({ outcome: 'failed', message: expect.stringContaining(chosen) });
});

test('a closed dialog is no failure', async () => {
  chosen = null;
  expect(await files.open()).toEqual({ outcome: 'cancelled' });
  expect(await files.save('x', '')).toEqual({ outcome: 'cancelled' });
});
