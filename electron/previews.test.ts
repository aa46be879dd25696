import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cleanPreviews } from './previews.ts';

test('keeps what the queue shows, removes the rest, and makes the folder', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'headroom-previews-'));
  const folder = path.join(parent, 'previews');
  await cleanPreviews(folder, new Set());
  for (const name of ['shown.png', 'old.png', '.partial']) await writeFile(path.join(folder, name), '');
  await cleanPreviews(folder, new Set([path.join(folder, 'shown.png')]));
  expect(await readdir(folder)).toEqual(['shown.png']);
  await rm(parent, { recursive: true });
});
