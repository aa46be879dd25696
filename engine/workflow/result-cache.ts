import type { ImageResult } from '../contract/events.ts';

/** What a node made: its outputs by name, and the pictures that it put on disk. */
export interface NodeResult {
  readonly values: Readonly<Record<string, unknown>>;
  readonly pictures: readonly ImageResult[];
}

const DEFAULT_LIMIT_BYTES = 512 * 2 ** 20;
/** A small result still costs its bookkeeping. */
const LEAST_BYTES = 1024;

interface Entry {
  readonly value: unknown;
  readonly bytes: number;
}

/** Results of nodes by signature, and intermediate results of nodes that failed; the longest unused go first. */
export class ResultCache {
  readonly #limitBytes: number;
  /** In order of last use, the longest unused first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limitBytes = DEFAULT_LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  result(signature: string): NodeResult | undefined {
    return this.#get(signature) as NodeResult | undefined;
  }

  /** Also drops what was kept of the node's way there. */
  store(signature: string, result: NodeResult): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${signature}/`)) this.#delete(key);
    this.#set(signature, result);
  }

  /** An intermediate result, computed once until the node's result is stored. */
  async kept<Value>(signature: string, name: string, compute: () => Promise<Value>): Promise<Value> {
    const key = `${signature}/${name}`;
    const entry = this.#get(key) as { value: Value } | undefined;
    if (entry) return entry.value;
    const value = await compute();
    this.#set(key, { value });
    return value;
  }

  /** Drops everything but what belongs to these signatures. */
  clear(except: ReadonlySet<string> = new Set()): void {
    for (const key of this.#entries.keys()) if (!except.has(key.split('/')[0] as string)) this.#delete(key);
  }

  #get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  #set(key: string, value: unknown): void {
    this.#delete(key);
    const bytes = Math.max(LEAST_BYTES, measure(value));
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
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
