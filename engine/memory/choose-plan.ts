import { FEW_PARTS, type MemoryPlan, type PlannedRun, RUNGS, type Rung } from './plan.ts';

/** A plan with the rungs that lead to it. */
export interface ChosenPlan {
  readonly plan: MemoryPlan;
  readonly taken: readonly Rung[];
  /** What it is expected to need; 0 where nobody asks. */
  readonly bytes: number;
}

type Expected = (plan: MemoryPlan, enough?: number) => number;

/** The plan of `searchPlan`, found in one go. */
export function choosePlan(...asked: Parameters<typeof searchPlan>): ChosenPlan {
  const search = searchPlan(...asked);
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
  }
}

/**
 * The least degraded plan that fits: from `start`, rung after rung, each only if it helps; once it fits, what was taken on
 * the way and is not needed any more is taken back. Where none fits, the one that needs least: measured memory is not
 * always what was expected. It yields before it looks at a plan, which may take a while the first time.
 *
 * @param expected bytes that a plan needs at its worst moment; any number that is no less than `enough` where it needs no less
 * @param budgetBytes null where nothing limits
 */
export function* searchPlan(
  start: MemoryPlan,
  run: PlannedRun,
  expected: Expected,
  budgetBytes: number | null,
): Generator<void, ChosenPlan> {
  if (budgetBytes === null) return { plan: start, taken: [], bytes: 0 };
  let chosen: ChosenPlan = { plan: start, taken: [], bytes: expected(start) };
  // Where one stage needs most, what helps another is of use only once that one needs less.
  for (let before = Number.POSITIVE_INFINITY; chosen.bytes < before; ) {
    before = chosen.bytes;
    for (const rung of RUNGS) {
      for (let next = rung.take(chosen.plan, run); next; next = rung.take(next, run)) {
        if (chosen.bytes <= budgetBytes) break;
        yield;
        const bytes = expected(next, chosen.bytes);
        // A rung that does not help now stays for the ladder, which knows which stage failed.
        if (bytes < chosen.bytes) chosen = { plan: next, taken: [...chosen.taken, rung], bytes };
      }
    }
  }
  if (chosen.bytes > budgetBytes) return chosen;
  chosen = yield* relaxed(chosen, start, run, expected, budgetBytes);
  return yield* inFewParts(chosen, start, expected, budgetBytes);
}

/**
 * In few parts where they fit, what was whole at the start: after all else, since pictures that are drawn together share each
 * load.
 */
function* inFewParts(
  chosen: ChosenPlan,
  start: MemoryPlan,
  expected: Expected,
  budgetBytes: number,
): Generator<void, ChosenPlan> {
  let { plan, bytes } = chosen;
  for (const parts of ['denoiserParts', 'encoderParts'] as const) {
    if (start[parts] > 1 || plan[parts] <= FEW_PARTS) continue;
    yield;
    const fewer = { ...plan, [parts]: FEW_PARTS };
    const fewerBytes = expected(fewer);
    if (fewerBytes <= budgetBytes) [plan, bytes] = [fewer, fewerBytes];
  }
  return { ...chosen, plan, bytes };
}

/** The plan with as little as possible of each rung that was taken, those that cost most first. */
function* relaxed(
  chosen: ChosenPlan,
  start: MemoryPlan,
  run: PlannedRun,
  expected: Expected,
  budgetBytes: number,
): Generator<void, ChosenPlan> {
  let { plan, taken, bytes } = chosen;
  for (const rung of [...new Set(taken)].reverse()) {
    const parts = Object.fromEntries(rung.changes.map((part) => [part, start[part]]));
    let steps = 0;
    for (let less: MemoryPlan | null = { ...plan, ...parts }; less; less = rung.take(less, run)) {
      yield;
      const lessBytes = expected(less);
      if (lessBytes <= budgetBytes) {
        const others = taken.filter((other) => other !== rung);
        taken = steps === 0 ? others : [...others, rung];
        plan = less;
        bytes = lessBytes;
        break;
      }
      steps += 1;
    }
  }
  return { plan, taken: RUNGS.filter((rung) => taken.includes(rung)), bytes };
}
