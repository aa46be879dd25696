import { Worker } from 'node:worker_threads';
import type { GaugeFiles } from '../../contract/gauge.ts';
import type { Arena } from './arena.ts';
import type { Pointer } from './ort-api.ts';

/** What the thread is told: which arena to read, and where to write. */
export interface GaugeTask {
  readonly library: string;
  readonly allocator: Pointer;
  readonly file: string;
}

/**
 * Starts a thread that writes what an arena holds into a file, several times a second, whatever the process does otherwise.
 * It ends with the process or with what is returned; the arena must stay open, with its limit, until then.
 *
 * @param failed hears why the thread ended by itself, in words for the log
 */
export function startGauge(
  arena: Arena,
  { program, file }: GaugeFiles,
  failed: (why: string) => void,
): () => Promise<void> {
  const task: GaugeTask = { ...arena.native, file };
  const thread = new Worker(program, { workerData: task });
  thread.unref();
  thread.on('error', (error: Error) => failed(error.message));
  return async () => {
    await thread.terminate();
  };
}
