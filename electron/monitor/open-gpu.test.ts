import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GpuUnreadable } from './gpu-reader.ts';
import { GpuWatch, openGpu } from './gpu-watch.ts';

let folder: string;
let broken: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-nvml-'));
  broken = path.join(folder, 'libnvidia-ml.so.1');
  writeFileSync(broken, 'This is no library.');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A library that every system has, and that knows nothing of GPUs. */
const FOREIGN: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libm.so.6',
  darwin: '/usr/lib/libSystem.B.dylib',
  win32: 'kernel32.dll',
};

const ways: [what: string, libraries: () => readonly string[], reason: RegExp][] = [
  ['missing', () => [path.join(folder, 'nowhere.so')], /^No NVIDIA driver was found \(.*nowhere\.so/],
  ['broken', () => [broken], /^No NVIDIA driver was found \(.*libnvidia-ml\.so\.1/],
  ['of another version', () => [FOREIGN[process.platform] ?? ''], /driver is too old: its library has no nvml\w+\.$/],
  ['not made for the system', () => [], /no NVIDIA drivers for this system/],
];

const answers = async ([query]: string[]) =>
  query?.startsWith('--query-gpu') ? '8192, 7168, 5, 40, 20.5, NVIDIA Test\n' : '';
const missing = () => Promise.reject(new Error('spawn nvidia-smi ENOENT'));

describe.each(ways)('a driver library that is %s', (_, libraries, reason) => {
  test('is replaced by nvidia-smi, which says why', async () => {
    const reader = await openGpu(libraries(), answers);
    expect(reader.source).toBe('nvidia-smi');
    expect(reader.remark).toMatch(/^Read through nvidia-smi every 2 seconds: /);
    expect(reader.remark?.replace(/^[^:]*: /, '')).toMatch(reason);
    expect(await reader.read(new Set())).toMatchObject({ name: 'NVIDIA Test', totalBytes: 8 * 2 ** 30 });
  });

  test('without nvidia-smi leaves no reading, and its own reason', async () => {
    await expect(openGpu(libraries(), missing)).rejects.toThrow(GpuUnreadable);
    const watch = new GpuWatch(() => openGpu(libraries(), missing));
    await watch.poll(0, new Set());
    expect(watch.state).toEqual({ source: 'none', reason: expect.stringMatching(reason), gpu: null });
  });
});

test('an nvidia-smi that prints something else is none', async () => {
  const watch = new GpuWatch(() => openGpu([broken], async () => 'No devices were found\n'));
  await watch.poll(0, new Set());
  expect(watch.state).toMatchObject({ source: 'none', reason: expect.stringMatching(/^No NVIDIA driver/) });
});
