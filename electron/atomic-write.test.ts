import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAtomically } from './atomic-write.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('writes and replaces, through links, keeping permissions', async () => {
  const file = path.join(folder, 'x'.repeat(250));
  await writeAtomically(file, 'one');
  await chmod(file, 0o640);
  const link = path.join(folder, 'link');
  await symlink(file, link);
  await writeAtomically(link, new Uint8Array([0x74, 0x77, 0x6f]));
  expect(await readFile(file, 'utf8')).toBe('two');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect(await readdir(folder)).toHaveLength(2);
});

test('leaves nothing behind when it fails', async () => {
  await expect(writeAtomically(folder, 'a folder is in the way')).rejects.toThrow();
  expect(await readdir(path.dirname(folder))).not.toContainEqual(expect.stringMatching(/^\.headroom-.*\.tmp$/));
  await expect(writeAtomically(path.join(folder, 'missing', 'file'), '')).rejects.toMatchObject({ code: 'ENOENT' });
});
