import type { BusyLease } from '../../engine/contract/protocol.ts';

/**
 * Silence is counted in ticks, not read from a clock: while the computer sleeps no tick passes, so waking up is never
 * mistaken for a hang.
 */
const TICK_MS = 1000;
/** An idle engine that said nothing for this long is asked for a sign of life … */
const PING_AFTER_MS = 5_000;
/** … and is hung when it does not answer: long enough for a computer that swaps. */
const IDLE_LIMIT_MS = 40_000;
/** A lease is generous already; this is for a disk or a GPU that others need as well, since a restart costs more than waiting. */
const LEASE_FACTOR = 2;
const LEASE_FLOOR_MS = 60_000;

export interface WatchdogActions {
  ping(): void;
  /** Told once: the engine is deaf for longer than anything it announced. */
  hung(reason: string): void;
}

/** Tells a hung engine from a busy one: silence is measured against the lease it announced, or against a ping when idle. */
export class Watchdog {
  private readonly actions: WatchdogActions;
  private readonly timer: NodeJS.Timeout;
  private lease: BusyLease | null;
  private silentMs = 0;

  /** @param lease what the engine is doing as it starts */
  constructor(actions: WatchdogActions, lease: BusyLease) {
    this.actions = actions;
    this.lease = lease;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** The engine sent something, whatever it was. */
  heard(): void {
    this.silentMs = 0;
  }

  setLease(lease: BusyLease | null): void {
    this.lease = lease;
    this.heard();
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    this.silentMs += TICK_MS;
    const limit = this.lease ? Math.max(LEASE_FLOOR_MS, this.lease.expectedMs * LEASE_FACTOR) : IDLE_LIMIT_MS;
    if (this.silentMs > limit) {
      this.dispose();
      this.actions.hung(hangReason(this.silentMs, this.lease));
    } else if (!this.lease && this.silentMs === PING_AFTER_MS) {
      this.actions.ping();
    }
  }
}

function hangReason(silentMs: number, lease: BusyLease | null): string {
  const silence = `it did not answer for ${Math.round(silentMs / 1000)} seconds`;
  return lease ? `${silence} (while: ${lease.what})` : silence;
}
