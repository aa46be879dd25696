import type { ProcessMetric } from 'electron';
import type { OwnProcesses } from './monitor.ts';

/** Electron gives KiB. */
const KIB = 1024;

/** Headroom's own processes out of Electron's metrics: the engine's, and the sum of all others. */
export function ownProcesses(metrics: readonly ProcessMetric[], enginePid: number | null): OwnProcesses {
  const memory = { engine: 0, app: 0 };
  for (const { pid, memory: used } of metrics) {
    memory[pid === enginePid ? 'engine' : 'app'] += used.workingSetSize * KIB;
  }
  return { pids: new Set(metrics.map(({ pid }) => pid)), memory };
}
