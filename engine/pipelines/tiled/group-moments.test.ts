import { expect, it } from 'vitest';
import { TorchGenerator } from '../../tensor/noise.ts';
import { GroupMoments } from './group-moments.ts';

function momentsOf(values: ArrayLike<number>): [mean: number, squares: number] {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return [mean, numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0)];
}

// The sum of squares less the square of the mean would keep no digit of the variance here.
it('puts the mean and variance of parts together, far from zero too', () => {
  const channels = 2;
  const noise = new TorchGenerator(3).randn([2, 600]).data;
  const groups = [noise.subarray(0, 600), noise.subarray(600).map((value) => 5000 + value / 4)];
  const moments = new GroupMoments();
  for (const [from, to] of [
    [0, 100],
    [100, 102],
    [102, 600],
  ] as const) {
    const parts = groups.map((values) => momentsOf(values.subarray(from, to)));
    moments.add((to - from) / channels, Float32Array.from(parts.flat()));
  }
  const { mean, variance } = moments.statistics(channels);
  for (const [index, values] of groups.entries()) {
    const [expected, squares] = momentsOf(values);
    expect(Math.abs(mean[index]! - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)));
    expect(variance[index]! / (squares / values.length)).toBeCloseTo(1, 4);
  }
});
