import { type MemoryPlan, type PlannedRun, RUNGS, type Rung } from './plan.ts';

/** A plan with the rungs that lead to it. */
export interface ChosenPlan {
  readonly plan: MemoryPlan;
  readonly taken: readonly Rung[];
  /** What it is expected to need; 0 where nobody asks. */
  readonly bytes: number;
}

/**
 * The least degraded plan that fits: from `start`, rung after rung, each only if it helps. Where none fits, the one that
 * needs least: measured memory is not always what was expected.
 *
 * @param expected bytes that a plan needs at its worst moment
 * @param budgetBytes null where nothing limits
 */
export function choosePlan(
  start: MemoryPlan,
  run: PlannedRun,
  expected: (plan: MemoryPlan) => number,
  budgetBytes: number | null,
): ChosenPlan {
  if (budgetBytes === null) return { plan: start, taken: [], bytes: 0 };
  let chosen: ChosenPlan = { plan: start, taken: [], bytes: expected(start) };
  for (const rung of RUNGS) {
    for (let next = rung.take(chosen.plan, run); next; next = rung.take(next, run)) {
      if (chosen.bytes <= budgetBytes) return chosen;
      const bytes = expected(next);
      // A rung that does not help now stays for the ladder, which knows which stage failed.
      if (bytes < chosen.bytes) chosen = { plan: next, taken: [...chosen.taken, rung], bytes };
    }
  }
  return chosen;
}
