import { z } from 'zod';
import { StateFile } from './state-file.ts';

/** What kernels take for themselves is not in an estimate, and what they do in place may be; more is a mistake of ours. */
const LEAST_FACTOR = 0.5;
const MOST_FACTOR = 3;
/** Below, rounding says more than the network does. */
const TELLING_BYTES = 2 ** 20;
/** Nothing is written for less. */
const NOTICEABLE = 0.01;

const zFile = z.object({
  version: z.literal(1),
  factors: z.record(z.string(), z.number().min(LEAST_FACTOR).max(MOST_FACTOR)),
});

/**
 * How many times the memory that a graph's values say a network takes on this machine, as runs of it were measured: estimates
 * are multiplied by it.
 */
export class Corrections {
  readonly #file: StateFile<z.infer<typeof zFile>>;
  readonly #device: string;
  readonly #factors: Map<string, number>;
  #learnedAt: number | null = null;

  /**
   * @param folder null to remember for as long as the engine lives
   * @param device what is measured on another one does not count
   */
  constructor(folder: string | null, device: string) {
    this.#file = new StateFile(folder, 'memory-corrections.json', zFile);
    this.#device = device;
    this.#factors = new Map(Object.entries(this.#file.read()?.factors ?? {}));
  }

  /** When a run last changed them, in milliseconds since the epoch: older estimates say something else. Null for no run yet. */
  get learnedAt(): number | null {
    return this.#learnedAt;
  }

  /** @param network a family's network as a device's dialect builds it */
  corrected(network: string, estimatedBytes: number): number {
    return Math.ceil(estimatedBytes * this.#factor(network));
  }

  /** @param estimatedBytes of the same run, from its graph alone */
  learn(network: string, estimatedBytes: number, measuredBytes: number): void {
    if (estimatedBytes < TELLING_BYTES) return;
    const factor = Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, measuredBytes / estimatedBytes));
    if (Math.abs(factor - this.#factor(network)) < NOTICEABLE) return;
    this.#factors.set(this.#key(network), factor);
    this.#learnedAt = Date.now();
    this.#file.write({ version: 1, factors: Object.fromEntries(this.#factors) });
  }

  #factor(network: string): number {
    return this.#factors.get(this.#key(network)) ?? 1;
  }

  #key(network: string): string {
    return `${this.#device} ${network}`;
  }
}
