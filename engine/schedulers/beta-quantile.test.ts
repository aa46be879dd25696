import { expect, it } from 'vitest';
import { betaQuantile } from './beta-quantile.ts';

it.each([
  [0, 0.0],
  [1e-6, 1.8558824624053043e-10],
  [0.01, 0.0008612388215429059],
  [0.1, 0.03958440558878085],
  [0.25, 0.17568037865269498],
  [0.5, 0.5000000000000001],
  [0.7, 0.7659829961247643],
  [0.9, 0.9604155944112192],
  [0.999, 0.9999814412614826],
  [1, 1.0],
])('at probability %s is %s, as scipy computes it', (probability, quantile) => {
  expect(betaQuantile(probability)).toBeCloseTo(quantile, 12);
});
