import { fusedMultiplyAdd as fma } from './fused.ts';

/*
 * Sixteen uniform numbers to sixteen normal ones, bit for bit as PyTorch does it on a CPU with AVX2: `normal_fill_16_AVX2`
 * of aten/src/ATen/native/cpu/DistributionTemplates.h on the float32 `log` and `sincos` of avx_mathfun.h (the polynomials of
 * the Cephes library's logf.c and sinf.c). The compiler that builds PyTorch contracts a multiplication and the addition that
 * uses it into one fused operation; where it has a choice it contracts the multiplication written first. So does this file.
 */

const { fround } = Math;
/** The constants of a polynomial or sum, rounded to float32. */
const f32 = <T extends readonly number[]>(...values: T) => values.map(fround) as { -readonly [K in keyof T]: number };

const [TWO_PI, FOUR_OVER_PI, SQRT_HALF] = f32(2 * Math.PI, 4 / Math.PI, Math.SQRT1_2);
// ln 2 and -π/4 in parts, the first exact in a few bits, so that a small whole number of times it loses nothing.
const [LN2_HIGH, LN2_LOW] = f32(0.693359375, -2.1219444e-4);
const [PI4_HIGH, PI4_MIDDLE, PI4_LOW] = f32(-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8);

const [L0, L1, L2, L3] = f32(7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1);
const [L4, L5, L6, L7, L8] = f32(1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1);
const [S0, S1, S2] = f32(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const [C0, C1, C2] = f32(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** ln x in float32, for a normal number x > 0. */
function log(x: number): number {
  float[0] = x;
  let exponent = (bits[0]! >>> 23) - 126;
  bits[0] = (bits[0]! & 0x007fffff) | 0x3f000000;
  let m = float[0]!;
  if (m < SQRT_HALF) {
    exponent -= 1;
    m = fround(fround(m - 1) + m);
  } else {
    m = fround(m - 1);
  }
  const square = fround(m * m);
  let y = fma(L0, m, L1);
  y = fma(y, m, L2);
  y = fma(y, m, L3);
  y = fma(y, m, L4);
  y = fma(y, m, L5);
  y = fma(y, m, L6);
  y = fma(y, m, L7);
  y = fma(y, m, L8);
  y = fround(y * m);
  y = fma(y, square, fround(exponent * LN2_LOW));
  y = fma(-0.5, square, y);
  return fma(exponent, LN2_HIGH, fround(m + y));
}

/**
 * Box-Muller on one block: `data[start…start+7]` holds the radius' uniform numbers in [0, 1), `data[start+8…start+15]` the
 * angle's; both are overwritten with normal ones (radius · cos and radius · sin).
 */
export function normalFill16(data: Float32Array, start: number): void {
  for (let i = start; i < start + 8; i++) {
    const radius = fround(Math.sqrt(fround(-2 * log(fround(1 - data[i]!)))));
    const theta = fround(TWO_PI * data[i + 8]!);

    const octant = (Math.trunc(fround(theta * FOUR_OVER_PI)) + 1) & ~1;
    let x = fma(octant, PI4_HIGH, theta);
    x = fma(octant, PI4_MIDDLE, x);
    x = fma(octant, PI4_LOW, x);
    const square = fround(x * x);

    let c = fma(C0, square, C1);
    c = fma(c, square, C2);
    c = fround(c * square);
    c = fma(c, square, -0.5 * square);
    c = fround(c + 1);

    let s = fma(S0, square, S1);
    s = fma(s, square, S2);
    s = fma(fround(s * square), x, x);

    const swapped = (octant & 2) !== 0;
    const sine = (octant & 4) === 0 ? (swapped ? c : s) : swapped ? -c : -s;
    const cosine = ((octant - 2) & 4) !== 0 ? (swapped ? s : c) : swapped ? -s : -c;
    // Adding the mean, 0, turns a negative zero into a positive one.
    data[i] = fround(radius * cosine) + 0;
    data[i + 8] = fround(radius * sine) + 0;
  }
}
