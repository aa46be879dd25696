/** A small value still costs its bookkeeping. */
const LEAST_BYTES = 1024;

interface Entry<Value> {
  readonly value: Value;
  readonly size: number;
}

/** Values by key that are no more together than they may be; the longest unused go first. */
export class BoundedCache<Value> {
  readonly #limit: number;
  readonly #sizeOf: (value: Value) => number;
  /** In order of last use, the longest unused first. */
  readonly #entries = new Map<string, Entry<Value>>();
  #size = 0;

  /** @param limit of the sum of sizes, which are bytes by default */
  constructor(limit: number, sizeOf: (value: Value) => number = (value) => Math.max(LEAST_BYTES, measure(value))) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.#delete(key);
    const size = this.#sizeOf(value);
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#limit) break;
      this.#delete(oldest);
    }
  }

  /** Drops what has such a key; without a condition everything. */
  clear(which: (key: string) => boolean = () => true): void {
    for (const key of this.#entries.keys()) if (which(key)) this.#delete(key);
  }

  #delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}

/** About how much memory a value holds: its buffers and texts, each object once. */
function measure(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value === 'string') return value.length * 2;
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce<number>((sum, part) => sum + measure(part, seen), 0);
}
