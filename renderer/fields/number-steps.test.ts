import { expect, test } from 'vitest';
import { parseNumber, pixelsPerStep, stepped } from './number-steps.ts';

const width = { min: 64, max: 2048, step: 8 };
const guidance = { min: 0, max: 30, step: 0.1 };

test.each([
  [256, 1, 264],
  [256, -2, 240],
  [250, 1, 256],
  [250, -1, 248],
  [64, -1, 64],
  [2040, 5, 2048],
])('from %d, %d steps of a width lead to %d', (value, steps, expected) => {
  expect(stepped(value, steps, width)).toBe(expected);
});

test('fractions stay free of binary noise', () => {
  expect(stepped(0.2, 1, guidance)).toBe(0.3);
  expect(stepped(0.3, -1, guidance)).toBe(0.2);
  expect(stepped(7.55, 1, guidance)).toBe(7.6);
});

test('a drag over the whole range is neither tiny nor endless', () => {
  expect(pixelsPerStep({ min: 1, max: 4, step: 1 })).toBe(8);
  expect(pixelsPerStep({ min: 0, max: 1e6, step: 1 })).toBe(1);
  expect(pixelsPerStep({ min: 1, max: 151, step: 1 })).toBe(4);
});

test.each([
  ['7.5', 7.5],
  ['7,5', 7.5],
  [' 12 ', 12],
  ['1e3', 1000],
  ['-1', -1],
  ['', null],
  ['abc', null],
  ['1.2.3', null],
  ['Infinity', null],
])('%j is read as %j', (text, expected) => {
  expect(parseNumber(text)).toBe(expected);
});
