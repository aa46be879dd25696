import { describe, expect, it } from 'vitest';
import { fitScale } from './fit-scale.ts';

describe('fitScale', () => {
  const frame = { width: 1128, height: 928 };

  it('shows a large picture whole, by the side that is tighter', () => {
    expect(fitScale({ width: 2000, height: 1000 }, frame)).toBe(0.5);
    expect(fitScale({ width: 1000, height: 1600 }, frame)).toBe(0.5);
  });

  it('blows a small picture up, but not to mere pixels', () => {
    expect(fitScale({ width: 400, height: 400 }, frame)).toBe(2);
    expect(fitScale({ width: 64, height: 64 }, frame)).toBe(3);
  });

  it('waits for a frame that has a size, and stays above zero in a tiny one', () => {
    expect(fitScale({ width: 64, height: 64 }, { width: 0, height: 0 })).toBe(0);
    expect(fitScale({ width: 64, height: 64 }, { width: 20, height: 20 })).toBeGreaterThan(0);
  });
});
