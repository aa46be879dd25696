import { expect, test } from 'vitest';
import { ERROR_CODES } from '../contract/errors.ts';
import { exitCode } from './exit-codes.ts';

test('an error of the person is 2, a stop 130, and everything else 3, rows that failed among it', () => {
  const codes = Object.fromEntries(ERROR_CODES.map((code) => [code, exitCode(code)]));
  const { input, model, cancelled, ...others } = codes;
  expect([input, model, cancelled]).toEqual([2, 2, 130]);
  expect(Object.keys(others)).toContain('rows');
  expect(new Set(Object.values(others))).toEqual(new Set([3]));
});
