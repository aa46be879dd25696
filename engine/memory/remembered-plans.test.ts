import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { undegradedPlan } from './plan.ts';
import { RememberedPlans } from './remembered-plans.ts';

const plan = { ...undegradedPlan({ count: 4, guided: true, longestSide: 64 }), imagesTogether: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-plans-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is read again by a later process, for that run only', () => {
  new RememberedPlans(folder).remember('a run', plan, 1000);
  const later = new RememberedPlans(folder);
  expect([later.get('a run', 1000), later.get('another', 1000)]).toEqual([plan, undefined]);
});

it('does not hold where there is much more memory than when it ran out', () => {
  const plans = new RememberedPlans(null);
  plans.remember('a run', plan, 1000);
  expect(plans.get('a run', 1200)).toEqual(plan);
  expect(plans.get('a run', 2000)).toBeUndefined();
  expect(plans.get('a run', null)).toEqual(plan);
});

it('costs nothing but what was learned where the file is malformed', () => {
  writeFileSync(join(folder, 'memory-plans.json'), '{"version":2,"plans":{"a run":{"plan":{},"budgetBytes":"much"}}}');
  const plans = new RememberedPlans(folder);
  expect(plans.get('a run', null)).toBeUndefined();
  plans.remember('a run', plan, null);
  expect(new RememberedPlans(folder).get('a run', 1)).toEqual(plan);
});
