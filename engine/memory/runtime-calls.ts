import type { BusyLease } from '../contract/protocol.ts';

/** Hears what is about to be done in the runtime, where nothing can be stopped; null when nothing is any more. */
export type BusyListener = (lease: BusyLease | null) => void;

/** For a call that was never made before on this machine: the first run of a network on a slow CPU takes minutes. */
const UNKNOWN_MS = 300_000;
/** The least that is asked for, whatever was measured: the machine may be busy with something else. */
const LEAST_MS = 30_000;
const SAFETY = 10;

/**
 * Announces calls of the runtime before they are made, and how long they may take: many times what the same kind of call took
 * before, because an engine that is taken for hung by mistake loses a person's work.
 */
export class RuntimeCalls {
  readonly #listener: BusyListener;
  readonly #slowest = new Map<string, number>();
  /** Those that are under way, in the order in which they began. */
  readonly #leases: BusyLease[] = [];

  constructor(listener: BusyListener) {
    this.#listener = listener;
  }

  /**
   * @param kind what calls of about the same duration have in common
   * @param what in words for the log, such as "denoise step 3 of 20"
   */
  async announce<T>(kind: string, what: string, call: () => Promise<T>): Promise<T> {
    const before = this.#slowest.get(kind);
    const expectedMs = before === undefined ? UNKNOWN_MS : Math.max(LEAST_MS, before * SAFETY);
    const lease = { what, expectedMs };
    this.#leases.push(lease);
    this.#listener(lease);
    const start = performance.now();
    try {
      return await call();
    } finally {
      this.#slowest.set(kind, Math.max(before ?? 0, performance.now() - start));
      this.#leases.splice(this.#leases.indexOf(lease), 1);
      this.#listener(this.#leases.at(-1) ?? null);
    }
  }
}
