import { expect, it } from 'vitest';
import { starterModel } from '../../tests/support/engine.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { choosePlan } from '../memory/choose-plan.ts';
import { Corrections } from '../memory/corrections.ts';
import { type MemoryPlan, undegradedPlan } from '../memory/plan.ts';
import { peakBytes, planBytes, type RequestShape, stageNeeds } from './needs.ts';

it('finds the plan for each budget that is found where every plan is looked at in full', () => {
  const model = starterModel();
  const parts = ['prompts', 'picture', 'sample', 'decode'] as const;
  const context = { dialect: cpuDialect, corrections: new Corrections(null, 'cpu') };
  const run = { count: 4, guided: true, longestSide: 64 };
  const shape = (): RequestShape => ({ model, width: 512, height: 512, guided: true, parts });
  const plan = undegradedPlan(run);
  const full = (each: MemoryPlan) => peakBytes(stageNeeds(shape(), each, context), each);
  const undegraded = full(plan);
  for (const part of [1, 2 / 3, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 0]) {
    const asked = shape();
    const expected = (each: MemoryPlan, enough?: number) => planBytes(asked, each, context, enough);
    const chosen = choosePlan(plan, run, expected, part * undegraded);
    expect(chosen).toEqual(choosePlan(plan, run, full, part * undegraded));
    expect(chosen.bytes).toBe(full(chosen.plan));
  }
});
