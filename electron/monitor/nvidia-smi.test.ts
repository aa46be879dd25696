import { expect, test } from 'vitest';
import { openNvidiaSmi } from './nvidia-smi.ts';

const MIB = 1024 ** 2;

const answering = (gpu: string, processes: string) => (parameters: string[]) =>
  Promise.resolve(parameters[0]?.startsWith('--query-gpu') ? gpu : processes);

test('reads the first GPU and its processes, and says how often and why', async () => {
  const reader = await openNvidiaSmi(
    'the library is missing.',
    answering(
      '143771, 138944, 12, 36, 80.35, NVIDIA H200, rev 2\n',
      '485, 3590, /usr/bin/python3\r\n77, [N/A], Xorg\n486, 4000, C:\\Apps\\a, b.exe\n',
    ),
  );
  expect(reader.remark).toMatch(/every 2 seconds: the library is missing/);
  expect(await reader.read(new Set([485]))).toEqual({
    name: 'NVIDIA H200, rev 2',
    totalBytes: 143771 * MIB,
    usedBytes: 4827 * MIB,
    freeBytes: 138944 * MIB,
    utilisation: 12,
    temperatureC: 36,
    powerW: 80.35,
    processes: [
      { pid: 486, name: 'a, b.exe', bytes: 4000 * MIB, own: false },
      { pid: 485, name: 'python3', bytes: 3590 * MIB, own: true },
    ],
  });
});

test('what the driver does not tell is null', async () => {
  const reader = await openNvidiaSmi('', answering('8192, 8191, [N/A], [Not Supported], [N/A], GPU\n', '\n'));
  expect(await reader.read(new Set())).toMatchObject({
    utilisation: null,
    temperatureC: null,
    powerW: null,
    processes: [],
  });
});

test('a command that is missing, or that gives no numbers, is refused', async () => {
  const missing = () => Promise.reject(new Error('spawn nvidia-smi ENOENT'));
  await expect(openNvidiaSmi('', missing)).rejects.toThrow(/ENOENT/);
  await expect(openNvidiaSmi('', answering('No devices were found\n', ''))).rejects.toThrow(/No devices were found/);
});
