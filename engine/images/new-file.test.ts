import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOnce, writeOwn } from './new-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const own = (index: number) => index.toString(16).padStart(12, '0');
const save = (text: string, index: number, to = folder) =>
  writeOwn(to, { stem: 'apple', number: null, own: own(index), extension: '.png' }, bytes(text));

describe('writeOwn', () => {
  it('makes the folder and counts on from the highest number, whatever else is there', async () => {
    const deep = join(folder, 'a', 'b');
    expect(await save('1', 1, deep)).toBe(join(deep, `apple-0001-${own(1)}.png`));
    expect(await save('2', 2, deep)).toBe(join(deep, `apple-0002-${own(2)}.png`));
    writeFileSync(join(deep, 'apple-0041.png'), 'old');
    writeFileSync(join(deep, 'apple-red-0099.png'), 'another stem');
    writeFileSync(join(deep, 'apple-2026-0001-0123456789ab.png'), 'another stem');
    writeFileSync(join(deep, 'apple-0100.jpg'), 'another kind');
    expect(await save('3', 3, deep)).toBe(join(deep, `apple-0042-${own(3)}.png`));
    expect(readFileSync(join(deep, 'apple-0041.png'), 'utf8')).toBe('old');
  });

  it('takes the place of what was written for the same before, also under another stem and number', async () => {
    const path = await save('one', 1);
    await save('two', 2);
    const name = { stem: 'pear', number: 7, own: own(1), extension: '.png' };
    expect(await writeOwn(folder, name, bytes('one again'))).toBe(path);
    expect(await writeOwn(folder, { ...name, own: `${own(1)}-2` }, bytes('its second'))).toBe(
      join(folder, `pear-0007-${own(1)}-2.png`),
    );
    expect(readFileSync(path, 'utf8')).toBe('one again');
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('gives every picture its own file when many are saved at once', async () => {
    const paths = await Promise.all(Array.from({ length: 20 }, (_, i) => save(String(i), i)));
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    expect(readdirSync(folder)).toHaveLength(20);
  });

  it('names the folder when a part of its path is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const inside = join(folder, 'file', 'results');
    await expect(save('1', 1, inside)).rejects.toMatchObject({
      code: 'file',
      message: expect.stringContaining(inside),
    });
  });

  it('leaves old files as they are, and no pieces, on a full disk', async () => {
    const old = await save('old', 1);
    const moduleUrl = new URL('./new-file.ts', import.meta.url).href;
    const program = `
      const { writeOwn } = await import(${JSON.stringify(moduleUrl)});
      const name = { stem: 'apple', number: null, own: '${own(1)}', extension: '.png' };
      process.on('SIGXFSZ', () => {});
      await writeOwn(${JSON.stringify(folder)}, name, new Uint8Array(1 << 20)).catch((error) => {
        console.log(JSON.stringify({ code: error.code, message: error.message, cause: error.cause.code }));
      });`;
    // A limit on file size is a disk that is full after 64 KiB, without needing a disk of one's own.
    const shell = 'ulimit -f 64; exec "$0" --import tsx --input-type=module --eval "$1"';
    const output = execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject({
      code: 'file',
      message: expect.stringContaining(folder),
      cause: 'EFBIG',
    });
    expect(readFileSync(old, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual([`apple-0001-${own(1)}.png`]);
  });
});

describe('writeOnce', () => {
  it('writes a file and leaves one that is there alone', async () => {
    const path = await writeOnce(folder, 'a.png', bytes('one'));
    expect(await writeOnce(folder, 'a.png', bytes('two'))).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['a.png']);
  });
});
