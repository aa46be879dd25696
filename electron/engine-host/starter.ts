import { app, utilityProcess } from 'electron';
import { Emitter } from '../lifetime.ts';
import type { EngineExit, EngineProcess, EngineStarter, ExitReason } from './process.ts';

/**
 * Electron tells `exit` first, with a code that is 0 even for a killed process, and the true reason a few milliseconds
 * later in `child-process-gone`. Longer than this and the reason is not coming.
 */
const REASON_WAIT_MS = 250;

/** Starts the engine as a utility process. */
export class UtilityProcessStarter implements EngineStarter {
  private readonly entry: string;
  private starts = 0;

  /** @param entry the engine's bundle */
  constructor(entry: string) {
    this.entry = entry;
  }

  start(): EngineProcess {
    this.starts += 1;
    // Numbered: `child-process-gone` knows a process by nothing but its name.
    return forkEngine(this.entry, `Headroom engine ${this.starts}`);
  }
}

function forkEngine(entry: string, serviceName: string): EngineProcess {
  const spawned = new Emitter<void>();
  const messages = new Emitter<unknown>();
  const output = new Emitter<{ stream: 'stdout' | 'stderr'; text: string }>();
  const exits = new Emitter<EngineExit>();
  const child = utilityProcess.fork(entry, [], { serviceName, stdio: 'pipe' });
  // The child forgets its id when it ends, which is when it is needed for the last time.
  let pid: number | undefined;
  let ended = false;
  let unwanted = false;
  let exitCode = 0;
  const end = (exit: EngineExit) => {
    if (ended) return;
    ended = true;
    app.off('child-process-gone', onGone);
    exits.emit(exit);
  };
  const onGone = (_event: unknown, details: { name?: string; reason: ExitReason; exitCode: number }) => {
    if (details.name === serviceName) end({ reason: details.reason, code: exitCode || details.exitCode });
  };
  app.on('child-process-gone', onGone);
  child.on('spawn', () => {
    pid = child.pid;
    if (unwanted) child.kill();
    spawned.emit();
  });
  child.on('message', (message) => messages.emit(message));
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => output.emit({ stream, text }));
  }
  child.on('exit', (code) => {
    exitCode = code;
    setTimeout(() => end({ reason: code === 0 ? 'clean-exit' : 'abnormal-exit', code }), REASON_WAIT_MS);
  });
  return {
    get pid() {
      return pid;
    },
    get hasExited() {
      return ended;
    },
    post: (message) => child.postMessage(message),
    onSpawn: (listener) => spawned.listen(listener),
    onMessage: (listener) => messages.listen(listener),
    onOutput: (listener) => output.listen(({ stream, text }) => listener(stream, text)),
    onExit: (listener) => exits.listen(listener),
    terminate: () => {
      unwanted = true;
      child.kill();
    },
    kill: () => {
      unwanted = true;
      if (pid !== undefined && !ended) killNow(pid);
    },
  };
}

/** `UtilityProcess.kill` sends SIGTERM, which a stopped process never receives. */
function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
