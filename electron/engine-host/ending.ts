import { constants } from 'node:os';
import { Disposables } from '../lifetime.ts';
import type { EngineExit, EngineProcess } from './process.ts';

/** Time for a healthy engine to let go of its device. */
const ASK_MS = 1_000;
/** A killed process that is still there hangs in its driver; nobody can end it. */
const KILL_MS = 5_000;

/** Ask, wait, kill. Answers whether the process is gone. */
export function endProcess(process: EngineProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const bag = new Disposables();
    const settle = (gone: boolean) => {
      bag.dispose();
      resolve(gone);
    };
    bag.add(process.onExit(() => settle(true)));
    if (process.hasExited) {
      settle(true);
      return;
    }
    process.terminate();
    bag.timeout(() => process.kill(), ASK_MS);
    bag.timeout(() => settle(false), ASK_MS + KILL_MS);
  });
}

/** Why a process ended, in words that follow "because"; with its last words where it left any. */
export function describeExit(exit: EngineExit, lastWords: string): string {
  const what = describeReason(exit);
  return lastWords ? `${what}\n${lastWords}` : what;
}

function describeReason({ reason, code }: EngineExit): string {
  switch (reason) {
    case 'clean-exit':
      return 'its process ended by itself';
    case 'abnormal-exit':
      return `its process ended with an error (code ${code})`;
    case 'killed':
      return 'its process was ended from outside, by a person or by the system for want of memory';
    case 'crashed':
      return `its process crashed (${signalName(code) ?? `code ${code}`})`;
    case 'oom':
    case 'memory-eviction':
      return 'the system had no memory left for its process';
    case 'launch-failed':
      return 'its process could not be started';
    case 'integrity-failure':
      return 'the system refused to run its code';
  }
}

/** The signal that ended a process, such as SIGSEGV; Windows gives other numbers. */
function signalName(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code)?.[0];
}
