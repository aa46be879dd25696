import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceSample, GpuSample } from '../engine/contract/memory.ts';
import { type Settings, zSettings } from './ipc/contract.ts';
import { deviceBytes, settingsProblem } from './settings-problem.ts';

const GIB = 2 ** 30;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const current = { modelFolders: ['/gone'] } as unknown as Settings;
const problem = (changes: Partial<Settings>, bytes: number | null = 8 * GIB) =>
  settingsProblem(changes, current, bytes);

test('a memory limit is taken up to what the device has', async () => {
  expect(await problem({ memoryLimitBytes: 8 * GIB })).toBeNull();
  expect(await problem({ memoryLimitBytes: null })).toBeNull();
  expect(await problem({ memoryLimitBytes: 9 * GIB })).toBe(
    'The memory limit must be at most the 8 GiB that the device has.',
  );
  expect(await problem({ memoryLimitBytes: 9 * GIB }, null)).toBeNull();
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.5, '6'])(
  'a memory limit of %s bytes reaches nobody',
  (limit) => {
    expect(zSettings.partial().safeParse({ memoryLimitBytes: limit }).success).toBe(false);
  },
);

test('not all of a device can be kept free', async () => {
  expect(await problem({ keptFreeBytes: 2 * GIB })).toBeNull();
  expect(await problem({ keptFreeBytes: 8 * GIB })).toMatch(/8\.0 GiB/);
  expect(zSettings.partial().safeParse({ keptFreeBytes: -1 }).success).toBe(false);
});

test('a models folder has to be one, unless it was one when it was chosen', async () => {
  const file = path.join(folder, 'model.safetensors');
  await writeFile(file, '');
  expect(await problem({ modelFolders: [folder, '/gone'] })).toBeNull();
  expect(await problem({ modelFolders: [file] })).toBe(`${file} cannot be a models folder: it is a file.`);
  expect(await problem({ modelFolders: [path.join(folder, 'nowhere')] })).toMatch(
    /nowhere cannot be a models folder: /,
  );
});

describe('the size of the device', () => {
  const gpu = { totalBytes: 8 } as GpuSample;
  const sample = (change: Partial<DeviceSample>) =>
    ({ gpu, engine: null, system: { totalBytes: 32, usedBytes: 1 }, ...change }) as DeviceSample;
  const engine = (where: 'gpu' | 'system') => ({ where, weights: [], arena: null });

  test("is that of the card or of the computer, by the engine's word, else by what was chosen", () => {
    expect(deviceBytes(sample({ engine: engine('gpu') }), 'auto')).toBe(8);
    expect(deviceBytes(sample({ engine: engine('system') }), 'auto')).toBe(32);
    expect(deviceBytes(sample({}), 'auto')).toBe(8);
    expect(deviceBytes(sample({}), 'cpu')).toBe(32);
    expect(deviceBytes(sample({ gpu: null }), 'auto')).toBe(32);
  });

  test('is not known before the first sample, nor of a card that cannot be read', () => {
    expect(deviceBytes(undefined, 'auto')).toBeNull();
    expect(deviceBytes(sample({ gpu: null, engine: engine('gpu') }), 'auto')).toBeNull();
  });
});
