import { expect, test } from 'vitest';
import { byteSize, counted, duration, errorLines } from './words.ts';

test('sizes, durations and counts are short and right', () => {
  expect([0, 999, 1000, 54_870_134, 4_265_146_304, 2e12, 5e15].map(byteSize)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '55 MB',
    '4.3 GB',
    '2.0 TB',
    '5000 TB',
  ]);
  expect([0.04, 9.96, 59.9, 60, 119.6, 3725].map(duration)).toEqual([
    '0.0 s',
    '10.0 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 0 s',
    '62 min 5 s',
  ]);
  expect([0, 1, 2].map((count) => counted(count, 'picture'))).toEqual(['0 pictures', '1 picture', '2 pictures']);
});

test('an error begins with its node, if it has one', () => {
  expect(errorLines({ message: 'steps must be 1.', place: { nodeId: 'generate' } })).toBe(
    'error: node generate: steps must be 1.\n',
  );
  expect(errorLines({ message: 'No.', place: {} })).toBe('error: No.\n');
});
