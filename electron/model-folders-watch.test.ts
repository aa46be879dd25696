import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelFoldersWatch } from './model-folders-watch.ts';

let root: string;
let folders: ModelFoldersWatch;
let told: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-watch-'));
  told = 0;
  folders = new ModelFoldersWatch(20);
  folders.onChange.listen(() => {
    told++;
  });
});

afterEach(() => {
  folders.stop();
  rmSync(root, { recursive: true, force: true });
});

const isTold = async (times: number) =>
  vi.waitFor(() => expect(told).toBeGreaterThanOrEqual(times), { timeout: 10_000 });

test('tells of files that come and go, in folders that come as well', async () => {
  await folders.watch([root, join(root, 'nowhere')]);
  mkdirSync(join(root, 'new'));
  await isTold(1);
  // The new folder is watched once the change was told.
  await vi.waitFor(
    () => {
      writeFileSync(join(root, 'new', `${Math.random()}.safetensors`), '');
      expect(told).toBeGreaterThanOrEqual(2);
    },
    { timeout: 10_000, interval: 50 },
  );
});

test('tells no more once it is stopped', async () => {
  await folders.watch([root]);
  writeFileSync(join(root, 'a.safetensors'), '');
  folders.stop();
  const other = new ModelFoldersWatch(20);
  const seen = new Promise<void>((resolve) => void other.onChange.listen(() => resolve()));
  await other.watch([root]);
  writeFileSync(join(root, 'b.safetensors'), '');
  await seen;
  other.stop();
  expect(told).toBe(0);
});
