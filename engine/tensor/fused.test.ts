import { describe, expect, it } from 'vitest';
import { fusedMultiplyAdd } from './fused.ts';

/** A rational number, exactly: numerator / 2^shift. */
function exact(value: number): { numerator: bigint; shift: bigint } {
  let shift = 0n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift += 1n;
  }
  return { numerator: BigInt(scaled), shift };
}

/** The distance between a float32 value and the exact a · b + c, in units of 2^-200. */
function error(value: number, a: number, b: number, c: number): bigint {
  const at = ({ numerator, shift }: { numerator: bigint; shift: bigint }) => numerator << (200n - shift);
  const [x, y] = [exact(a), exact(b)];
  const difference =
    at(exact(value)) - at({ numerator: x.numerator * y.numerator, shift: x.shift + y.shift }) - at(exact(c));
  return difference < 0n ? -difference : difference;
}

describe('fusedMultiplyAdd', () => {
  it('rounds once where rounding to double first would hit a tie', () => {
    // 1 + 2^-24 is halfway between two float32 numbers; the product's last bit, 2^-60 lower, decides.
    const tie = [2 ** -12, 2 ** -12, 1] as const;
    expect(fusedMultiplyAdd(...tie)).toBe(1);
    const a = 2 ** -12 * (1 + 2 ** -23);
    const b = 2 ** -12 * (1 - 2 ** -23);
    expect(fusedMultiplyAdd(a, b, 1)).toBe(1);
    expect(fusedMultiplyAdd(a, b, 1 + 2 ** -23)).toBe(1 + 2 ** -23);
    expect(fusedMultiplyAdd(-a, b, -1 - 2 ** -23)).toBe(-1 - 2 ** -23);
  });

  it('is the float32 number nearest to the exact result', () => {
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.fround(state / 2 ** 31 - 1);
    };
    for (let i = 0; i < 2000; i++) {
      const [a, b, c] = [random(), random(), random()];
      const result = fusedMultiplyAdd(a, b, c);
      const ulp = 2 ** (Math.floor(Math.log2(Math.abs(result))) - 23);
      const own = error(result, a, b, c);
      expect(own <= error(result + ulp, a, b, c) && own <= error(result - ulp, a, b, c)).toBe(true);
    }
  });
});
