/** Restarts within the window after which the engine is given up: something is wrong that a restart does not mend. */
const MAX_RESTARTS = 5;
const WINDOW_MS = 5 * 60_000;
/** An engine that dies before it is ready will most likely die again the same way (a library that is missing). */
const MAX_FAILED_STARTS = 3;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;

export interface Restart {
  /** 1 for the first restart of a series. */
  attempt: number;
  delayMs: number;
}

/** Decides whether and when a lost engine is started again. The count decays: only losses within the window matter. */
export class RestartPolicy {
  private losses: number[] = [];
  private failedStarts = 0;

  /** The engine was lost: when to start the next one, or null to give up. */
  next(wasReady: boolean, now = Date.now()): Restart | null {
    this.losses = [...this.losses.filter((time) => now - time < WINDOW_MS), now];
    this.failedStarts = wasReady ? 0 : this.failedStarts + 1;
    if (this.losses.length > MAX_RESTARTS || this.failedStarts >= MAX_FAILED_STARTS) return null;
    const attempt = this.losses.length;
    return { attempt, delayMs: Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) };
  }

  /** The person asked for a new start, or the engine got work done: what happened before no longer counts. */
  reset(): void {
    this.losses = [];
    this.failedStarts = 0;
  }
}
