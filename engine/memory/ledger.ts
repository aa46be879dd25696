import type { LedgerEntry } from '../contract/memory.ts';

type Component = Pick<LedgerEntry, 'model' | 'component'>;

/** Who holds what: an entry for each component that was ever resident. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  loaded({ model, component }: Component, weightBytes: number): void {
    const key = keyOf({ model, component });
    this.#entries.set(key, { model, component, weightBytes, resident: true, lastUsed: Date.now() });
  }

  used(component: Component): void {
    const entry = this.#entries.get(keyOf(component));
    if (entry) entry.lastUsed = Date.now();
  }

  evicted(component: Component): void {
    const entry = this.#entries.get(keyOf(component));
    if (entry) entry.resident = false;
  }

  /** Copies, in the order in which components were first loaded. */
  entries(): LedgerEntry[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }
}

function keyOf({ model, component }: Component): string {
  return `${model}/${component}`;
}
