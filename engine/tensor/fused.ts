const { fround } = Math;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The bits of a double that a float32 has no room for, and their value halfway between two float32 numbers. */
const BELOW_FLOAT32 = 0x1fffffff;
const HALFWAY = 0x10000000;

/**
 * a · b + c rounded once to float32, as the CPU's fused multiply-add instruction does it. All arguments are float32 values
 * of a magnitude at which no float32 result is subnormal.
 *
 * The product of two float32 numbers is exact in double; the sum is rounded to double and then to float32, which differs
 * from rounding once only where the first rounding lands halfway between two float32 numbers.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  double[0] = sum;
  if ((words[0]! & BELOW_FLOAT32) !== HALFWAY) return fround(sum);
  const added = sum - product;
  const lost = product - (sum - added) + (c - added);
  if (lost !== 0) words[0] = words[0]! + (lost > 0 === sum > 0 ? 1 : -1);
  return fround(double[0]!);
}
