import { stat } from 'node:fs/promises';
import type { DeviceSample } from '../engine/contract/memory.ts';
import { GIBIBYTE, memoryLimitProblem } from '../engine/contract/memory-limit.ts';
import { fileProblem } from './file-problem.ts';
import type { Settings } from './ipc/contract.ts';

/**
 * Why changes of the settings cannot be taken over, in words for the person; null where they can.
 *
 * @param deviceBytes all that the device has; null where that is not known
 */
export async function settingsProblem(
  changes: Partial<Settings>,
  current: Settings,
  deviceBytes: number | null,
): Promise<string | null> {
  const { memoryLimitBytes, keptFreeBytes, modelFolders = [] } = changes;
  const limitProblem = memoryLimitBytes && memoryLimitProblem(memoryLimitBytes, deviceBytes);
  if (limitProblem) return `The memory limit ${limitProblem}.`;
  if (keptFreeBytes && deviceBytes !== null && keptFreeBytes >= deviceBytes) {
    return `Not all of the ${(deviceBytes / GIBIBYTE).toFixed(1)} GiB that the device has can be kept free.`;
  }
  // One that was there when it was chosen may be on a disk that is not plugged in now: it stays.
  for (const folder of modelFolders.filter((path) => !current.modelFolders.includes(path))) {
    const problem = await stat(folder).then(
      (found) => (found.isDirectory() ? null : 'it is a file'),
      (error) => fileProblem(error),
    );
    if (problem) return `${folder} cannot be a models folder: ${problem}.`;
  }
  return null;
}

/** All that the engine's device has, as the monitor sees it; null while it has seen nothing. */
export function deviceBytes(sample: DeviceSample | undefined, device: Settings['device']): number | null {
  if (!sample) return null;
  const isCard = sample.engine ? sample.engine.where === 'gpu' : device !== 'cpu' && sample.gpu !== null;
  return isCard ? (sample.gpu?.totalBytes ?? null) : sample.system.totalBytes;
}
