import { expect, test } from 'vitest';
import { GpuUnreadable } from './gpu-reader.ts';
import { NvmlReader } from './nvml.ts';
import { bindNvml } from './nvml-functions.ts';
import type { NativeFunction } from './shared-library.ts';

const DEVICE = 0x7f00_1234_5678n;
const NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn;
const GIB = 1024 ** 3;

interface Process {
  pid: number;
  bytes: bigint;
}

/** A process list as the driver writes it: 24 bytes each, refused with the count where there is not enough room. */
const processList =
  (processes: Process[]): NativeFunction =>
  (_device, count, infos) => {
    const room = (count as Buffer).readUInt32LE();
    (count as Buffer).writeUInt32LE(processes.length);
    if (room < processes.length) return 7;
    for (const [index, { pid, bytes }] of processes.entries()) {
      (infos as Buffer).writeUInt32LE(pid, index * 24);
      (infos as Buffer).writeBigUInt64LE(bytes, index * 24 + 8);
      (infos as Buffer).fill(0xab, index * 24 + 16, index * 24 + 24);
    }
    return 0;
  };

/** A function that succeeds after writing into one of its buffers. */
const writing =
  (parameter: number, write: (buffer: Buffer, ...parameters: unknown[]) => void): NativeFunction =>
  (...parameters) => {
    write(parameters[parameter] as Buffer, ...parameters);
    return 0;
  };

function library(changes: Record<string, NativeFunction | null> = {}) {
  const symbols: Record<string, NativeFunction | null> = {
    nvmlInit_v2: () => 0,
    nvmlShutdown: () => 0,
    nvmlErrorString: (code) => `error ${code}`,
    nvmlDeviceGetHandleByIndex_v2: writing(1, (handle) => handle.writeBigUInt64LE(DEVICE)),
    nvmlDeviceGetName: writing(1, (text) => text.write('NVIDIA Test\0')),
    nvmlDeviceGetMemoryInfo: (device, memory) => {
      if (device !== DEVICE) return 2;
      (memory as Buffer).writeBigUInt64LE(BigInt(80 * GIB), 0);
      (memory as Buffer).writeBigUInt64LE(BigInt(50 * GIB), 8);
      (memory as Buffer).writeBigUInt64LE(BigInt(30 * GIB), 16);
      return 0;
    },
    nvmlDeviceGetUtilizationRates: writing(1, (rates) => rates.writeUInt32LE(93)),
    nvmlDeviceGetTemperature: writing(2, (celsius, _device, sensor) => celsius.writeUInt32LE(sensor === 0 ? 64 : 0)),
    nvmlDeviceGetPowerUsage: writing(1, (milliwatts) => milliwatts.writeUInt32LE(250_500)),
    nvmlDeviceGetComputeRunningProcesses_v3: processList([{ pid: 4_000_001, bytes: 20n * BigInt(GIB) }]),
    nvmlDeviceGetGraphicsRunningProcesses_v3: processList([]),
    nvmlSystemGetProcessName: writing(1, (text, pid) => text.write(`/usr/bin/program-${pid} --flag=/a/b\0`)),
    ...changes,
  };
  const reader = () => new NvmlReader(bindNvml((name) => symbols[name] ?? null));
  return { reader };
}

test('reads totals, load and processes of the first GPU', () => {
  expect(
    library()
      .reader()
      .read(new Set([4_000_001])),
  ).toEqual({
    name: 'NVIDIA Test',
    totalBytes: 80 * GIB,
    freeBytes: 50 * GIB,
    usedBytes: 30 * GIB,
    utilisation: 93,
    temperatureC: 64,
    powerW: 250.5,
    processes: [{ pid: 4_000_001, name: 'program-4000001', bytes: 20 * GIB, own: true }],
  });
});

test('a process in both lists counts once, the largest comes first, one of unknown size is left out', () => {
  const both = { pid: 4_000_002, bytes: 5n };
  const reader = library({
    nvmlDeviceGetComputeRunningProcesses_v3: processList([both, { pid: 4_000_003, bytes: 7n }]),
    nvmlDeviceGetGraphicsRunningProcesses_v3: processList([both, { pid: 4_000_004, bytes: NOT_AVAILABLE }]),
  }).reader();
  expect(reader.read(new Set()).processes.map(({ pid, bytes }) => [pid, bytes])).toEqual([
    [4_000_003, 7],
    [4_000_002, 5],
  ]);
});

test('asks again with more room when there are more processes than expected', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ pid: 4_000_000 + index, bytes: BigInt(index) }));
  const reader = library({ nvmlDeviceGetComputeRunningProcesses_v3: processList(many) }).reader();
  expect(reader.read(new Set()).processes).toHaveLength(300);
});

test('falls back to the older process lists', () => {
  const { reader } = library({
    nvmlDeviceGetComputeRunningProcesses_v3: null,
    nvmlDeviceGetComputeRunningProcesses_v2: processList([{ pid: 4_000_005, bytes: 9n }]),
  });
  expect(reader().read(new Set()).processes).toMatchObject([{ pid: 4_000_005, bytes: 9 }]);
});

test('what the driver does not tell is null, and its processes unnamed', () => {
  const refuse = () => 3;
  const reader = library({
    nvmlDeviceGetUtilizationRates: refuse,
    nvmlDeviceGetTemperature: refuse,
    nvmlDeviceGetPowerUsage: null,
    nvmlSystemGetProcessName: refuse,
    nvmlDeviceGetGraphicsRunningProcesses_v3: refuse,
  }).reader();
  expect(reader.read(new Set())).toMatchObject({
    utilisation: null,
    temperatureC: null,
    powerW: null,
    processes: [{ name: 'process 4000001' }],
  });
});

test('every refusal that matters is told in words', () => {
  expect(() => library({ nvmlInit_v2: () => 9 }).reader()).toThrow(/error 9.*driver installed/);
  expect(() => library({ nvmlInit_v2: () => 18 }).reader()).toThrow(/restart the computer/);
  expect(() => library({ nvmlDeviceGetHandleByIndex_v2: () => 6 }).reader()).toThrow(GpuUnreadable);
  expect(() => library({ nvmlDeviceGetMemoryInfo: null }).reader()).toThrow(/nvmlDeviceGetMemoryInfo/);
  const lost = library({ nvmlDeviceGetMemoryInfo: () => 15 }).reader();
  expect(() => lost.read(new Set())).toThrow(/can no longer be read: error 15/);
});

test('Windows paths become program names', () => {
  const reader = library({
    nvmlSystemGetProcessName: writing(1, (text) => text.write('C:\\Program Files\\Game\\game.exe\0')),
  }).reader();
  expect(reader.read(new Set()).processes[0]?.name).toBe('game.exe');
});
