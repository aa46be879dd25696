import type { LedgerEntry } from '../contract/memory.ts';

type Component = Pick<LedgerEntry, 'model' | 'component'>;

/** Who holds what: an entry for each component that was ever resident. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  /** @param weights all bytes of them, and those that are in memory */
  loaded({ model, component }: Component, weights: Pick<LedgerEntry, 'weightBytes' | 'residentBytes'>): void {
    const { weightBytes, residentBytes } = weights;
    const entry = { model, component, weightBytes, residentBytes, resident: true, lastUsed: Date.now() };
    this.#entries.set(keyOf(entry), entry);
  }

  used(component: Component): void {
    const entry = this.#entries.get(keyOf(component));
    if (entry) entry.lastUsed = Date.now();
  }

  evicted(component: Component): void {
    const entry = this.#entries.get(keyOf(component));
    if (entry) Object.assign(entry, { resident: false, residentBytes: 0 });
  }

  /** Copies, in the order in which components were first loaded. */
  entries(): LedgerEntry[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }
}

function keyOf({ model, component }: Component): string {
  return `${model}/${component}`;
}
