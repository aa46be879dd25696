import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { deviceReader, readControlGroup } from './device-reading.ts';

describe("a device's memory", () => {
  it('is read from the system for the CPU, where the system tells it', async () => {
    const reading = (await deviceReader('cpu'))();
    if (process.platform === 'darwin') return expect(reading).toBeNull();
    expect(reading!.totalBytes).toBeLessThanOrEqual(totalmem());
    expect(reading!.freeBytes).toBeGreaterThan(0);
    expect(reading!.freeBytes).toBeLessThan(reading!.totalBytes);
  });

  it('is not known of a device whose runtime is not loaded', async () => {
    expect((await deviceReader('cuda'))()).toBeNull();
    expect((await deviceReader('dml'))()).toBeNull();
  });
});

describe('the control group of a container', () => {
  const files = (texts: Record<string, string>) => (path: string) => {
    const text = texts[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  };
  const group = {
    '/proc/self/cgroup': '0::/app\n',
    '/sys/fs/cgroup/app/memory.max': '8000000\n',
    '/sys/fs/cgroup/app/memory.current': '7000000\n',
    '/sys/fs/cgroup/app/memory.stat': 'anon 4000000\ninactive_file 2500000\nactive_file 500000\n',
  };

  it('leaves what it does not use, and what it only caches', () => {
    expect(readControlGroup(files(group))).toEqual({ totalBytes: 8_000_000, freeBytes: 3_500_000 });
  });

  it.each([
    ['without a limit', { ...group, '/sys/fs/cgroup/app/memory.max': 'max\n' }],
    ['of the first version', { '/proc/self/cgroup': '4:memory:/app\n' }],
    ['that is not there', {}],
  ])('%s says nothing', (_, texts) => {
    expect(readControlGroup(files(texts as Record<string, string>))).toBeNull();
  });
});
