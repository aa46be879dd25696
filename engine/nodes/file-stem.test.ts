import { expect, test } from 'vitest';
import { fileStem } from './file-stem.ts';

const settings = { prompt: 'red apple', seed: 42, model: 'starter' };
const day = new Date(2026, 7, 3);
const stem = (prefix: string, changed: Record<string, string | number> = {}) =>
  fileStem(prefix, { ...settings, ...changed }, day);

test('fills in what is known and leaves other braces as they are', () => {
  expect(stem('{date} {prompt} {seed} {model} {style}')).toBe('2026-08-03 red apple 42 starter {style}');
  expect(fileStem('{prompt}-{seed}', {}, day)).toBe('-');
});

test.each([
  ['../../etc/passwd', 'etc passwd'],
  ['a/b\\c:d*e?f"g<h>i|j', 'a b c d e f g h i j'],
  ['line\none\ttwo\u0000', 'line one two'],
  ['.hidden', 'hidden'],
  ['name. . ', 'name'],
  ['NUL', 'headroom'],
  ['com1', 'headroom'],
  ['  ', 'headroom'],
  ['..', 'headroom'],
  ['赤いりんご 🍎', '赤いりんご 🍎'],
])('makes a valid name of %j', (prefix, expected) => {
  expect(stem(prefix)).toBe(expected);
});

test('cuts long names by bytes and never inside a character', () => {
  expect(stem('{prompt}', { prompt: 'a'.repeat(500) })).toBe('a'.repeat(180));
  expect(stem('{prompt}', { prompt: '🍎'.repeat(500) })).toBe('🍎'.repeat(45));
});
