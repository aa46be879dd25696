import { describe, expect, it } from 'vitest';
import { bytesOfGibibytes, GIBIBYTE, memoryLimitProblem } from './memory-limit.ts';

const problem = (text: string, deviceBytes: number | null = 8 * GIBIBYTE) =>
  memoryLimitProblem(bytesOfGibibytes(text), deviceBytes);

describe('a memory limit', () => {
  it.each(['6', '0.5', ' 8 ', '1e0'])('may be %j GiB on a card of 8', (text) => expect(problem(text)).toBeNull());

  it.each(['0', '-1', '1e-12', '', ' ', 'much', 'NaN', 'Infinity', '1e300'])('is refused as %j', (text) => {
    expect(problem(text, null)).toMatch(/^must be a number of GiB above 0/);
  });

  it('is refused above what the device has, naming a number that is taken', () => {
    const deviceBytes = 23.46 * GIBIBYTE;
    const words = problem('23.5', deviceBytes);
    expect(words).toBe('must be at most the 23.4 GiB that the device has');
    expect(problem('23.4', deviceBytes)).toBeNull();
    expect(problem('1000', null)).toBeNull();
  });
});
