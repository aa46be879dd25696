import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { loadedLibraries } from './arena/runtime-library.ts';
import type { Provider } from './session.ts';

/** A device's memory at one moment, for all programs together. */
export interface DeviceReading {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** Null where the memory cannot be read (at this moment). */
export type ReadDevice = () => DeviceReading | null;

/**
 * How a provider's device is asked for its memory: the process's share of the system's on the CPU, the CUDA runtime that
 * the provider has loaded on CUDA. Of other devices nothing can be told from here.
 */
export async function deviceReader(provider: Provider): Promise<ReadDevice> {
  if (provider === 'cpu') return readHost;
  if (provider === 'cuda') return (await cudaReader().catch(() => null)) ?? unknown;
  return unknown;
}

const unknown: ReadDevice = () => null;

/** macOS counts as free only what holds nothing at all, such as no file: it tells nothing of what can be had. */
function readHost(): DeviceReading | null {
  if (process.platform === 'darwin') return null;
  const system = { totalBytes: totalmem(), freeBytes: freemem() };
  const group = process.platform === 'linux' ? readControlGroup((path) => readFileSync(path, 'utf8')) : null;
  if (!group) return system;
  return {
    totalBytes: Math.min(system.totalBytes, group.totalBytes),
    freeBytes: Math.min(system.freeBytes, group.freeBytes),
  };
}

/**
 * What the control group of this process (a container) is allowed and has left, or null without a limit. Files that are
 * cached for it count as free: the kernel drops them first (kernel documentation, cgroup-v2.rst, *Memory*).
 *
 * @param read a file's text; throws where there is none
 */
export function readControlGroup(read: (path: string) => string): DeviceReading | null {
  try {
    const [, group = ''] = /^0::(.*)$/m.exec(read('/proc/self/cgroup')) ?? [];
    const value = (name: string) => read(`/sys/fs/cgroup${group}/memory.${name}`).trim();
    const totalBytes = Number(value('max'));
    if (!Number.isFinite(totalBytes)) return null;
    const [, inactive = '0'] = /^inactive_file (\d+)$/m.exec(value('stat')) ?? [];
    const used = Number(value('current')) - Number(inactive);
    return { totalBytes, freeBytes: Math.max(0, totalBytes - used) };
  } catch {
    return null;
  }
}

const CUDA_RUNTIME = /[\\/]libcudart\.so[\d.]*$/;

/** `cudaError_t cudaMemGetInfo(size_t *free, size_t *total)` of the runtime in this process: CUDA Runtime API, *Memory Management*. */
async function cudaReader(): Promise<ReadDevice | null> {
  const path = loadedLibraries().find((library) => CUDA_RUNTIME.test(library));
  if (path === undefined) return null;
  const { default: koffi } = await import('koffi');
  const memGetInfo = koffi.load(path).func('cudaMemGetInfo', 'int', ['size_t *', 'size_t *']);
  return () => {
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
    if (memGetInfo(free, total) !== 0) return null;
    return { totalBytes: Number(total[0]), freeBytes: Number(free[0]) };
  };
}
