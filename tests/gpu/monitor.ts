import { execFileSync } from 'node:child_process';
import { openNvidiaSmi } from '../../electron/monitor/nvidia-smi.ts';
import { openNvml } from '../../electron/monitor/nvml.ts';
import { NVML_LIBRARIES } from '../../electron/monitor/nvml-functions.ts';
import type { GpuSample } from '../../engine/contract/memory.ts';

/** The same GPU as each of the app's two readers sees it. */
export interface Readings {
  readonly nvml: GpuSample;
  readonly nvidiaSmi: GpuSample;
  /** What one reading through NVML takes, in milliseconds; median. */
  readonly readMs: number;
  /** What nvidia-smi prints without Headroom reading it. */
  readonly driver: string;
}

/** Reads the GPU as the app's main process does. To be asked while this process has something on the GPU. */
export async function monitorReadings(): Promise<Readings> {
  const own = new Set([process.pid]);
  const reader = await openNvml(NVML_LIBRARIES[process.platform] ?? []);
  const nvidiaSmi = await (await openNvidiaSmi('to compare')).read(own);
  const times: number[] = [];
  for (let repeat = 0; repeat < 21; repeat++) {
    const started = performance.now();
    await reader.read(own);
    times.push(performance.now() - started);
  }
  const nvml = await reader.read(own);
  reader.close();
  const readMs = times.sort((one, other) => one - other)[10] as number;
  return { nvml, nvidiaSmi, readMs, driver: execFileSync('nvidia-smi', { encoding: 'utf8' }) };
}
