import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type GpuSample, zDeviceSample } from '../../engine/contract/memory.ts';
import { type GpuReader, GpuUnreadable } from './gpu-reader.ts';
import { GpuWatch } from './gpu-watch.ts';
import { DeviceMonitor } from './monitor.ts';
import { ownProcesses } from './own-processes.ts';

const gpu: GpuSample = {
  name: 'GPU',
  totalBytes: 8,
  usedBytes: 3,
  freeBytes: 5,
  utilisation: 1,
  temperatureC: null,
  powerW: null,
  processes: [],
};
const own = { pids: new Set([7]), memory: { engine: 10, app: 20 } };

let monitors: DeviceMonitor[] = [];
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  for (const monitor of monitors) monitor.stop();
  monitors = [];
  vi.useRealTimers();
});

function start(open: () => Promise<GpuReader>) {
  const monitor = new DeviceMonitor(
    new GpuWatch(open),
    () => own,
    () => null,
  );
  monitors.push(monitor);
  monitor.start();
  return monitor;
}

const reader = (changes: Partial<GpuReader> = {}): GpuReader => ({
  source: 'nvml',
  intervalMs: 0,
  remark: null,
  read: () => gpu,
  close: () => {},
  ...changes,
});

test('samples four times a second and keeps ten minutes', async () => {
  const monitor = start(async () => reader());
  const told: number[] = [];
  monitor.onSample.listen(({ time }) => told.push(time));
  await vi.advanceTimersByTimeAsync(15 * 60_000);
  expect(told).toHaveLength(15 * 60 * 4);
  expect(monitor.history).toHaveLength(2400);
  expect(monitor.history.at(-1)).toMatchObject({ source: 'nvml', reason: null, gpu, processes: own.memory });
  expect(() => zDeviceSample.parse(monitor.history.at(-1))).not.toThrow();
  const total = monitor.history.at(-1)?.system.totalBytes ?? 0;
  expect(total).toBeGreaterThan(monitor.history.at(-1)?.system.usedBytes ?? total);
});

test('a computer without a GPU says why, and is not asked again and again', async () => {
  const open = vi.fn(() => Promise.reject(new GpuUnreadable('No driver.')));
  const monitor = start(open);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(monitor.history.at(-1)).toMatchObject({ source: 'none', reason: 'No driver.', gpu: null });
  expect(open).toHaveBeenCalledOnce();
});

test('a GPU that is lost says why, and is found again when it comes back', async () => {
  let lost = true;
  const close = vi.fn();
  const read = () => {
    if (lost) throw new GpuUnreadable('It fell off the bus.');
    return gpu;
  };
  const open = vi.fn(async () => reader({ read, close }));
  const monitor = start(open);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(monitor.history.at(-1)).toMatchObject({ source: 'none', reason: 'It fell off the bus.', gpu: null });
  expect(close).toHaveBeenCalledOnce();
  lost = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(monitor.history.at(-1)).toMatchObject({ source: 'nvml', reason: null, gpu });
});

test('a slow reader is asked at its own pace, one question at a time, and holds up no sample', async () => {
  let open = 0;
  let most = 0;
  const read = vi.fn(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    open -= 1;
    return gpu;
  });
  const monitor = start(async () => reader({ source: 'nvidia-smi', intervalMs: 2_000, remark: 'slow', read }));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(monitor.history).toHaveLength(120);
  expect(most).toBe(1);
  expect(read.mock.calls.length).toBeLessThan(11);
  expect(monitor.history.at(-1)).toMatchObject({ source: 'nvidia-smi', reason: 'slow', gpu });
});

test('the engine is told apart from the other processes', () => {
  const metric = (pid: number, workingSetSize: number) =>
    ({ pid, memory: { workingSetSize } }) as Electron.ProcessMetric;
  const metrics = [metric(1, 100), metric(2, 10), metric(3, 1)];
  expect(ownProcesses(metrics, 2)).toEqual({ pids: new Set([1, 2, 3]), memory: { engine: 10240, app: 101 * 1024 } });
  expect(ownProcesses(metrics, null).memory).toEqual({ engine: 0, app: 111 * 1024 });
});
