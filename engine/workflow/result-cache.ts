import type { ImageResult } from '../contract/events.ts';
import { BoundedCache } from '../memory/bounded-cache.ts';

/** What a node made: its outputs by name, and the pictures that it put on disk. */
export interface NodeResult {
  readonly values: Readonly<Record<string, unknown>>;
  readonly pictures: readonly ImageResult[];
}

const DEFAULT_LIMIT_BYTES = 512 * 2 ** 20;

/** Results of nodes by signature, and intermediate results of nodes that failed; the longest unused go first. */
export class ResultCache {
  readonly #entries: BoundedCache<unknown>;

  constructor(limitBytes = DEFAULT_LIMIT_BYTES) {
    this.#entries = new BoundedCache(limitBytes);
  }

  result(signature: string): NodeResult | undefined {
    return this.#entries.get(signature) as NodeResult | undefined;
  }

  /** Also drops what was kept of the node's way there. */
  store(signature: string, result: NodeResult): void {
    this.#entries.clear((key) => key.startsWith(`${signature}/`));
    this.#entries.set(signature, result);
  }

  /** An intermediate result, computed once until the node's result is stored. */
  async kept<Value>(signature: string, name: string, compute: () => Promise<Value>): Promise<Value> {
    const key = `${signature}/${name}`;
    const entry = this.#entries.get(key) as { value: Value } | undefined;
    if (entry) return entry.value;
    const value = await compute();
    this.#entries.set(key, { value });
    return value;
  }

  /** Drops everything but what belongs to these signatures. */
  clear(except: ReadonlySet<string> = new Set()): void {
    this.#entries.clear((key) => !except.has(key.split('/')[0] as string));
  }
}
