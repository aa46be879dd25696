import { z } from 'zod';
import type { MemoryPlan } from './plan.ts';
import { StateFile } from './state-file.ts';

const zPlan = z.object({
  residency: z.enum(['resident', 'stages', 'alone']),
  imagesTogether: z.number().int().positive(),
  guidanceTogether: z.boolean(),
  decodedTogether: z.number().int().positive(),
  vaeTile: z.number().int().positive().nullable(),
  attentionSlices: z.number().int().positive(),
  encoderParts: z.number().int().positive().default(1),
  denoiserParts: z.number().int().positive().default(1),
  // A stage that was left to the processor is tried on the device again.
  encodeOnProcessor: z.boolean().transform(() => false),
  denoiseOnProcessor: z.boolean().transform(() => false),
  decodeOnProcessor: z.boolean().transform(() => false),
});
const zEntry = z.object({ plan: zPlan, budgetBytes: z.number().nullable() });
const zFile = z.object({ version: z.literal(2), plans: z.record(z.string(), zEntry) });

/** More shapes than a person tries; the oldest are forgotten first. */
const MOST_PLANS = 500;
/** With this many times the memory a run is tried again without what was learned. */
const MUCH_MORE = 1.25;

/**
 * The plans with which runs of a shape came through after running out of memory, on this machine: the next such run
 * starts there, unless there is much more memory by then.
 */
export class RememberedPlans {
  readonly #file: StateFile<z.infer<typeof zFile>>;
  readonly #plans: Map<string, z.infer<typeof zEntry>>;

  /** @param folder null to remember for as long as the engine lives */
  constructor(folder: string | null) {
    this.#file = new StateFile(folder, 'memory-plans.json', zFile);
    this.#plans = new Map(Object.entries(this.#file.read()?.plans ?? {}));
  }

  /** @param budgetBytes what may be used now; null where that is not known */
  get(key: string, budgetBytes: number | null): MemoryPlan | undefined {
    const known = this.#plans.get(key);
    if (!known) return undefined;
    const hasMuchMore =
      budgetBytes !== null && known.budgetBytes !== null && budgetBytes > known.budgetBytes * MUCH_MORE;
    return hasMuchMore ? undefined : known.plan;
  }

  /** @param budgetBytes what could be used when memory ran out; null where that is not known */
  remember(key: string, plan: MemoryPlan, budgetBytes: number | null): void {
    this.#plans.delete(key);
    this.#plans.set(key, zEntry.parse({ plan, budgetBytes }));
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= MOST_PLANS) break;
      this.#plans.delete(oldest);
    }
    this.#file.write({ version: 2, plans: Object.fromEntries(this.#plans) });
  }
}
