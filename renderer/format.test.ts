import { describe, expect, it } from 'vitest';
import { fileName, formatBytes, formatCount, formatElapsed, formatPercent, formatSeconds, sentence } from './format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1023.6 * 1024, '1 MiB'],
    [384 * 1024 ** 2, '384 MiB'],
    [1023.9 * 1024 ** 2, '1.0 GiB'],
    [7.64 * 1024 ** 3, '7.6 GiB'],
    [80 * 1024 ** 3, '80.0 GiB'],
  ])('writes %d as %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

describe('durations', () => {
  it.each([
    [0, '0.0 s'],
    [12.34, '12.3 s'],
    [59.96, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.6, '1 h 00 min'],
    [7620, '2 h 07 min'],
  ])('writes %d seconds as %s', (seconds, expected) => {
    expect(formatSeconds(seconds)).toBe(expected);
  });

  it('counts up in whole seconds and never below zero', () => {
    expect([-3, 0, 7.9, 65.9].map(formatElapsed)).toEqual(['0 s', '0 s', '7 s', '1 min 05 s']);
  });
});

it('writes shares, counts and file names', () => {
  expect(formatPercent(0.376)).toBe('38 %');
  expect([0, 1, 2].map((count) => formatCount(count, 'picture'))).toEqual(['0 pictures', '1 picture', '2 pictures']);
  expect(['/a/b.png', 'C:\\a\\b.png', 'b.png'].map(fileName)).toEqual(['b.png', 'b.png', 'b.png']);
});

describe('sentence', () => {
  it.each([
    ['the engine was restarted.', 'The engine was restarted'],
    ['denoise step 3 of 20', 'Denoise step 3 of 20'],
    ['libonnxruntime.so.1 could not be loaded', 'libonnxruntime.so.1 could not be loaded'],
    ['NVML is missing', 'NVML is missing'],
    ['', ''],
  ])('writes "%s" as "%s"', (words, expected) => {
    expect(sentence(words)).toBe(expected);
  });
});
