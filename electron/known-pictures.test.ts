import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JsonFile } from './json-file.ts';
import { KnownPictures, zKnownPictures } from './known-pictures.ts';

let folder: string;
let file: JsonFile<string[]>;
let known: KnownPictures;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-known-'));
  file = new JsonFile(join(folder, 'known.json'), zKnownPictures);
  known = new KnownPictures(file);
  await known.load();
});
afterEach(async () => {
  await file.settled();
  rmSync(folder, { recursive: true });
});

function picture(...path: string[]): string {
  const at = join(folder, ...path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, '');
  return at;
}

test('a picture that is named alone is found beside the one that names it, else where it was used last', () => {
  const [old, latest] = [picture('old', 'cat.png'), picture('new', 'cat.png')];
  for (const path of [old, latest, picture('other', 'wildcat.png')]) known.note(path);
  expect(known.find('cat.png', join(folder, 'results'))).toBe(latest);
  expect(known.find('cat.png', null)).toBe(latest);
  rmSync(latest);
  expect(known.find('cat.png', null)).toBe(old);
  const beside = picture('results', 'cat.png');
  expect(known.find('cat.png', join(folder, 'results'))).toBe(beside);
});

test('one that is nowhere is looked for beside the other, and a whole path stays', () => {
  expect(known.find('gone.png', join(folder, 'results'))).toBe(join(folder, 'results', 'gone.png'));
  expect(known.find('gone.png', null)).toBe('gone.png');
  expect(known.find(join(folder, 'gone.png'), null)).toBe(join(folder, 'gone.png'));
});

test('what was used is known after a restart', async () => {
  const cat = picture('photos', 'cat.png');
  known.note(cat);
  await file.settled();
  const restarted = new KnownPictures(file);
  expect(await restarted.load()).toBeNull();
  expect(restarted.find('cat.png', null)).toBe(cat);
});
