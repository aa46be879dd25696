import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundledTokenizers } from '../../tests/support/engine.ts';
import { writeUpscaler } from '../../tests/support/upscalers.ts';
import { ModelLibrary } from './library.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-library-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('upscalers are found as such, beside what draws, and opened by their id', async () => {
  mkdirSync(join(folder, 'upscale_models'));
  writeUpscaler(join(folder, 'upscale_models'), 'x4');
  writeUpscaler(folder, 'x2', (name) => `params_ema.${name}`);
  const library = new ModelLibrary([folder], bundledTokenizers);
  expect(await library.list()).toEqual([
    expect.objectContaining({ kind: 'upscaler', id: 'x4', familyTitle: 'Upscaler × 4', usable: true }),
    expect.objectContaining({ kind: 'upscaler', id: 'x2', familyTitle: 'Upscaler × 2', usable: true }),
  ]);
  expect(await library.upscaler('x2')).toMatchObject({ scale: 2, unshuffle: 2 });
});

test('one that cannot be used says why, and one that is not there which there are', async () => {
  writeUpscaler(folder, 'x4', (name) => name.replace('conv_last', 'lost'));
  writeUpscaler(folder, 'x2');
  writeFileSync(join(folder, 'broken.safetensors'), 'not a weight file');
  const library = new ModelLibrary([folder], bundledTokenizers);
  const found = (await library.list()).find(({ id }) => id === 'x4');
  expect(found).toMatchObject({ id: 'x4', usable: false, problem: expect.stringContaining('conv_last.weight') });
  await expect(library.upscaler('x4')).rejects.toThrow(/conv_last\.weight/);
  await expect(library.upscaler('gone')).rejects.toThrow(/There is no upscaler "gone".*Upscalers found: x2\./);
});
