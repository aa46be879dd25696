import { expect, it } from 'vitest';
import { cutPoints } from './cut-points.ts';

const sizes = new Map([
  ['a', 3],
  ['b', 3],
  ['c', 3],
  ['d', 3],
]);
const weights = [['a'], [], ['b'], [], ['c'], ['d']];

it('begins parts where the least is handed over', () => {
  const crossing = [0, 9, 1, 5, 5, 9];
  expect(cutPoints({ weights, sizes, crossing }, 9)).toEqual([0, 2]);
  // Two weights a part leave one place in the middle: before or after a node without weights.
  expect(cutPoints({ weights, sizes, crossing }, 6)).toEqual([0, 3]);
  expect(cutPoints({ weights, sizes, crossing }, 3)).toEqual([0, 2, 3, 5]);
});

it('counts a weight once that several nodes of a part read', () => {
  const shared = [['a'], ['b'], ['a', 'b'], ['a']];
  expect(cutPoints({ weights: shared, sizes, crossing: [0, 1, 1, 1] }, 6)).toEqual([0]);
});

it('lets a part be as large as the node that reads most', () => {
  const large = [['a'], ['b', 'c'], ['d']];
  expect(cutPoints({ weights: large, sizes, crossing: [0, 1, 1] }, 1)).toEqual([0, 1, 2]);
});
