import { describe, expect, it } from 'vitest';
import { choosePlan } from './choose-plan.ts';
import { type MemoryPlan, undegradedPlan } from './plan.ts';

const run = { count: 8, guided: false, longestSide: 64 };

describe('a denoiser of 100 bytes, and 3 for each picture that is drawn together', () => {
  const expected = ({ denoiserParts, imagesTogether }: MemoryPlan) => 100 / denoiserParts + 3 * imagesTogether;
  it.each([
    ['200 bytes: nothing is saved', 200, { denoiserParts: 1, imagesTogether: 8 }, []],
    ['112 bytes: fewer pictures together', 112, { denoiserParts: 1, imagesTogether: 4 }, ['single-images']],
    ['40 bytes: few parts', 40, { denoiserParts: 8, imagesTogether: 8 }, ['denoiser-offload']],
    [
      '31 bytes: more parts, so that all stay together',
      31,
      { denoiserParts: 16, imagesTogether: 8 },
      ['denoiser-offload'],
    ],
    [
      '20 bytes: the most pictures that fit with more parts',
      20,
      { denoiserParts: 16, imagesTogether: 4 },
      ['single-images', 'denoiser-offload'],
    ],
    [
      '6 bytes: as many parts as there are',
      6,
      { denoiserParts: 48, imagesTogether: 1 },
      ['single-images', 'denoiser-offload'],
    ],
  ])('under %s', (_what, budget, parts, rungs) => {
    const { plan, taken, bytes } = choosePlan(undegradedPlan(run), run, expected, budget);
    expect(plan).toMatchObject(parts);
    expect(taken.map(({ id }) => id)).toEqual(rungs);
    expect(bytes).toBe(expected(plan));
  });
});

it('leaves the parts that a run has come through with as they are', () => {
  const start = { ...undegradedPlan(run), denoiserParts: 16 };
  const expected = ({ denoiserParts }: MemoryPlan) => 100 / denoiserParts;
  expect(choosePlan(start, run, expected, 50).plan.denoiserParts).toBe(16);
});

it('takes what needs least where nothing fits, and nothing where nothing limits', () => {
  const expected = ({ denoiserParts }: MemoryPlan) => 100 / denoiserParts;
  const start = undegradedPlan(run);
  expect(choosePlan(start, run, expected, 1).plan.denoiserParts).toBe(48);
  expect(choosePlan(start, run, expected, null)).toEqual({ plan: start, taken: [], bytes: 0 });
});
