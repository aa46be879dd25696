import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ImageFiles } from './image-files.ts';
import { PictureRegistry } from './pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first bytes of a PNG file; its sides as eight hexadecimal digits. */
const pngHeader = (width: string, height: string) =>
  Buffer.from(`89504e470d0a1a0a0000000d49484452${width}${height}`, 'hex');

const pictures = new PictureRegistry();
const noted: string[] = [];
const images = new ImageFiles(pictures, { note: (path) => noted.push(path) });

test('a picture has an address until its file changes, and its size with it', async () => {
  const path = join(folder, 'a b.png');
  writeFileSync(path, pngHeader('00000003', '00000002'));
  const shown = await images.show(path);
  expect(shown).toMatchObject({ width: 3, height: 2 });
  expect(pictures.resolve(shown.url)).toBe(path);
  expect(await images.show(path)).toEqual(shown);
  utimesSync(path, 1, 1);
  expect((await images.show(path)).url).not.toBe(shown.url);
  expect(new Set(noted)).toEqual(new Set([path]));
});

test('what is no picture has none, and the reason is told', async () => {
  const text = join(folder, 'notes.png');
  writeFileSync(text, 'root:x:0:0');
  await expect(images.show(text)).rejects.toThrow('notes.png is not a PNG, JPEG or WebP picture.');
  await expect(images.show(join(folder, 'gone.png'))).rejects.toThrow(/gone\.png cannot be opened/);
  await expect(images.show(folder)).rejects.toThrow(/cannot be opened/);
  writeFileSync(text, pngHeader('00004e20', '00004e20'));
  await expect(images.show(text)).rejects.toThrow('notes.png is too large: 20000 × 20000 pixels.');
});
