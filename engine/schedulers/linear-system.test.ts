import { expect, it } from 'vitest';
import { solveLinear } from './linear-system.ts';

it('solves systems, also where the first pivot is zero', () => {
  const rows = [
    [0, 2, 1],
    [1, -1, 0],
    [3, 0, -2],
  ];
  const right = rows.map(([a, b, c]) => a! * 2 + b! * -1 + c! * 4);
  solveLinear(rows, right).forEach((value, i) => {
    expect(value).toBeCloseTo([2, -1, 4][i]!, 12);
  });
  expect(solveLinear([[4]], [2])).toEqual([0.5]);
});
