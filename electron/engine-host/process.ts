import type { Dispose } from '../lifetime.ts';

/** How a process ended; Electron's own words (`child-process-gone`). */
export type ExitReason =
  | 'clean-exit'
  | 'abnormal-exit'
  | 'killed'
  | 'crashed'
  | 'oom'
  | 'launch-failed'
  | 'integrity-failure'
  | 'memory-eviction';

export interface EngineExit {
  reason: ExitReason;
  code: number;
}

/** A running engine process, as the supervisor needs it: what a utility process and a plain child process both have. */
export interface EngineProcess {
  /** Undefined until it has been spawned. */
  readonly pid: number | undefined;
  readonly hasExited: boolean;
  post(message: unknown): void;
  onSpawn(listener: () => void): Dispose;
  onMessage(listener: (message: unknown) => void): Dispose;
  onOutput(listener: (stream: 'stdout' | 'stderr', text: string) => void): Dispose;
  /** Told once. */
  onExit(listener: (exit: EngineExit) => void): Dispose;
  /** Asks it to end; one that is stopped or stuck in a driver does not hear it. */
  terminate(): void;
  /** Ends it whatever it does. */
  kill(): void;
}

/** Starts engine processes. Behind an interface, so that the supervisor's policy runs in tests without Electron. */
export interface EngineStarter {
  start(): EngineProcess;
}
