import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { GpuSample } from '../../engine/contract/memory.ts';
import { type GpuReader, GpuUnreadable } from './gpu-reader.ts';

/** Each reading starts a program that wakes the driver: 20 ms on a server, up to a second on a laptop. */
const INTERVAL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const MIB = 1024 ** 2;

/** The name stands last: it alone may hold a comma. `memory.used` would leave out what the driver keeps for itself. */
const GPU_FIELDS = 'memory.total,memory.free,utilization.gpu,temperature.gpu,power.draw,name';
const PROCESS_FIELDS = 'pid,used_memory,process_name';
const FORMAT = ['--format=csv,noheader,nounits', '--id=0'];

/** Runs nvidia-smi with these arguments and answers what it prints. */
export type RunNvidiaSmi = (parameters: string[]) => Promise<string>;

const runNvidiaSmi: RunNvidiaSmi = async (parameters) => {
  const { stdout } = await promisify(execFile)('nvidia-smi', parameters, { timeout: TIMEOUT_MS, windowsHide: true });
  return stdout;
};

/**
 * Readings of GPU 0 through the driver's own command line, for where its library cannot be loaded.
 * @param why the library is not used, in words for the person
 * @throws GpuUnreadable where the command is missing, too slow, or gives nothing that can be read
 */
export async function openNvidiaSmi(why: string, run: RunNvidiaSmi = runNvidiaSmi): Promise<GpuReader> {
  const read = async (ownPids: ReadonlySet<number>) => {
    const ask = (query: string) =>
      run([query, ...FORMAT]).catch((error) => {
        throw new GpuUnreadable(`nvidia-smi cannot be used: ${error instanceof Error ? error.message : error}`);
      });
    const gpu = await ask(`--query-gpu=${GPU_FIELDS}`);
    return parseSample(gpu, await ask(`--query-compute-apps=${PROCESS_FIELDS}`), ownPids);
  };
  await read(new Set());
  return {
    source: 'nvidia-smi',
    intervalMs: INTERVAL_MS,
    remark: `Read through nvidia-smi every ${INTERVAL_MS / 1000} seconds: ${why}`,
    read,
    close: () => {},
  };
}

function parseSample(gpuLine: string, processLines: string, ownPids: ReadonlySet<number>): GpuSample {
  const [total, free, utilisation, temperatureC, powerW, ...name] = gpuLine.trim().split(', ');
  const [totalMib, freeMib] = [number(total), number(free)];
  if (totalMib === null || freeMib === null || name.length === 0) {
    throw new GpuUnreadable(`nvidia-smi gave something else than numbers: ${gpuLine.trim().slice(0, 200)}`);
  }
  return {
    name: name.join(', '),
    totalBytes: totalMib * MIB,
    usedBytes: (totalMib - freeMib) * MIB,
    freeBytes: freeMib * MIB,
    utilisation: number(utilisation),
    temperatureC: number(temperatureC),
    powerW: number(powerW),
    processes: processLines
      .split('\n')
      .map((line) => line.trim().split(', '))
      .flatMap(([pidText, mib, ...command]) => {
        const [pid, bytes] = [number(pidText), number(mib)];
        if (pid === null || bytes === null) return [];
        const name = path.win32.basename(command.join(', ')) || `process ${pid}`;
        return [{ pid, name, bytes: bytes * MIB, own: ownPids.has(pid) }];
      })
      .sort((one, other) => other.bytes - one.bytes),
  };
}

/** `[N/A]` and `[Not Supported]` stand where the driver does not tell. */
function number(text: string | undefined): number | null {
  const value = Number(text);
  return text?.trim() && Number.isFinite(value) ? value : null;
}
