import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNumbered, writeOnce, writeReplacing } from './new-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const save = (text: string, stem = 'apple') => writeNumbered(folder, stem, '.png', bytes(text));

describe('writeNumbered', () => {
  it('makes the folder and counts on from the highest number, whatever else is there', async () => {
    const deep = join(folder, 'a', 'b');
    expect(await writeNumbered(deep, 'apple', '.png', bytes('1'))).toBe(join(deep, 'apple-0001.png'));
    writeFileSync(join(deep, 'apple-0041.png'), 'old');
    writeFileSync(join(deep, 'apple-red-0099.png'), 'another stem');
    writeFileSync(join(deep, 'apple-0100.jpg'), 'another kind');
    expect(await writeNumbered(deep, 'apple', '.png', bytes('2'))).toBe(join(deep, 'apple-0042.png'));
    expect(readFileSync(join(deep, 'apple-0041.png'), 'utf8')).toBe('old');
  });

  it('gives every picture its own file when many are saved at once', async () => {
    const paths = await Promise.all(Array.from({ length: 20 }, (_, i) => save(String(i))));
    expect(new Set(paths).size).toBe(20);
    expect(paths.map((path) => readFileSync(path, 'utf8')).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => String(i)).sort(),
    );
    expect(readdirSync(folder)).toHaveLength(20);
  });

  it('names the folder when a part of its path is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const inside = join(folder, 'file', 'results');
    await expect(writeNumbered(inside, 'apple', '.png', bytes('1'))).rejects.toMatchObject({
      code: 'file',
      message: expect.stringContaining(inside),
    });
  });

  it('leaves old files as they are, and no pieces, on a full disk', async () => {
    const old = await save('old');
    const moduleUrl = new URL('./new-file.ts', import.meta.url).href;
    const program = `
      const { writeNumbered } = await import(${JSON.stringify(moduleUrl)});
      process.on('SIGXFSZ', () => {});
      await writeNumbered(${JSON.stringify(folder)}, 'apple', '.png', new Uint8Array(1 << 20)).catch((error) => {
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
    expect(readdirSync(folder)).toEqual(['apple-0001.png']);
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

describe('writeReplacing', () => {
  it('takes the place of a file of that name, and leaves nothing else behind', async () => {
    await writeReplacing(folder, 'row.png', bytes('one'));
    expect(await writeReplacing(folder, 'row.png', bytes('two'))).toBe(join(folder, 'row.png'));
    expect(readdirSync(folder)).toEqual(['row.png']);
    expect(readFileSync(join(folder, 'row.png'), 'utf8')).toBe('two');
  });
});
