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
  /** Told once: the engine is deaf, or inside the runtime for longer than it announced. */
  hung(reason: string): void;
}

/**
 * Tells a hung engine from a busy one: by a ping while nothing is announced. What is announced happens in threads of the engine,
 * which answers all the same: how long that takes is measured against its lease, whatever else is heard. Of several at a time it
 * is told one, and another with all of its time when that is done.
 */
export class Watchdog {
  private readonly actions: WatchdogActions;
  private readonly timer: NodeJS.Timeout;
  private lease: BusyLease | null;
  private hasStarted = false;
  /** Since it was heard, or since the lease began. */
  private waitedMs = 0;

  /** @param lease what the engine is doing as it starts */
  constructor(actions: WatchdogActions, lease: BusyLease) {
    this.actions = actions;
    this.lease = lease;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** The engine sent something, whatever it was. */
  heard(): void {
    if (!this.lease || !this.hasStarted) this.waitedMs = 0;
  }

  setLease(lease: BusyLease | null): void {
    this.lease = lease;
    this.hasStarted = true;
    this.waitedMs = 0;
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    this.waitedMs += TICK_MS;
    const limit = this.lease ? Math.max(LEASE_FLOOR_MS, this.lease.expectedMs * LEASE_FACTOR) : IDLE_LIMIT_MS;
    if (this.waitedMs > limit) {
      this.dispose();
      this.actions.hung(hangReason(this.waitedMs, this.lease));
    } else if (!this.lease && this.waitedMs === PING_AFTER_MS) {
      this.actions.ping();
    }
  }
}

function hangReason(waitedMs: number, lease: BusyLease | null): string {
  const seconds = Math.round(waitedMs / 1000);
  return lease
    ? `it was not done with “${lease.what}” after ${seconds} seconds`
    : `it did not answer for ${seconds} seconds`;
}
