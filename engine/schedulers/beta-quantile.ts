/** B(0.6, 0.6), the complete beta function. */
const COMPLETE_BETA = 2.4153442080024723;
const SHAPE = 0.6;
const PRECISION = 1e-15;

/**
 * The quantile function of the Beta(0.6, 0.6) distribution: `scipy.stats.beta.ppf(probability, 0.6, 0.6)`.
 * @param probability in 0…1
 */
export function betaQuantile(probability: number): number {
  // The distribution is symmetric, and precise bisection wants the half near zero.
  if (probability > 0.5) return 1 - betaQuantile(1 - probability);
  let [low, high] = [0, 0.5];
  while (high - low > PRECISION * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (cumulative(middle) < probability) low = middle;
    else high = middle;
  }
  return probability === 0 ? 0 : (low + high) / 2;
}

/**
 * The regularised incomplete beta function I_x(0.6, 0.6) for x ≤ 1/2, by its power series
 * x^a / a · Σ (1 - a)_k / k! · a / (a + k) · x^k / B(a, a)   (DLMF 8.17.7 with 15.2.1).
 */
function cumulative(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; Math.abs(term) > PRECISION / 10; k++) {
    term *= ((k - SHAPE) / k) * x;
    sum += (term * SHAPE) / (SHAPE + k);
  }
  return (x ** SHAPE / SHAPE / COMPLETE_BETA) * sum;
}
