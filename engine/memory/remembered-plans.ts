import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { MemoryPlan } from './plan.ts';

const zPlan = z.object({
  residency: z.enum(['resident', 'stages']),
  imagesTogether: z.number().int().positive(),
  guidanceTogether: z.boolean(),
  decodedTogether: z.number().int().positive(),
  vaeTile: z.number().int().positive().nullable(),
  attentionSlices: z.number().int().positive(),
});
const zFile = z.object({ version: z.literal(1), plans: z.record(z.string(), zPlan) });

/** More shapes than a person tries; the oldest are forgotten first. */
const MOST_PLANS = 500;

/**
 * The plans with which runs of a shape came through after running out of memory, on this machine: the next such run
 * starts there. A file that cannot be read or written only costs what was learned.
 */
export class RememberedPlans {
  readonly #path: string | null;
  readonly #plans = new Map<string, MemoryPlan>();

  /** @param folder null to remember for as long as the engine lives */
  constructor(folder: string | null) {
    this.#path = folder === null ? null : join(folder, 'memory-plans.json');
    for (const [key, plan] of Object.entries(this.#read())) this.#plans.set(key, plan);
  }

  get(key: string): MemoryPlan | undefined {
    return this.#plans.get(key);
  }

  remember(key: string, plan: MemoryPlan): void {
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= MOST_PLANS) break;
      this.#plans.delete(oldest);
    }
    this.#write();
  }

  #read(): Record<string, MemoryPlan> {
    if (this.#path === null) return {};
    try {
      return zFile.parse(JSON.parse(readFileSync(this.#path, 'utf8'))).plans;
    } catch {
      return {};
    }
  }

  #write(): void {
    if (this.#path === null) return;
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      mkdirSync(join(this.#path, '..'), { recursive: true });
      writeFileSync(temporary, JSON.stringify({ version: 1, plans: Object.fromEntries(this.#plans) }));
      renameSync(temporary, this.#path);
    } catch {
      // What was learned is lost with the process; the run itself is not concerned.
    }
  }
}
