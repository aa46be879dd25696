import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.ts';

const everyBitPattern = Uint16Array.from({ length: 65536 }, (_, i) => i);
const numbersOf = (values: Float32Array) => everyBitPattern.filter((_, i) => !Number.isNaN(values[i]));

describe('half precision', () => {
  it('brings every number back from float32', () => {
    const bits = numbersOf(float16ToFloat32(everyBitPattern));
    expect(bits.length).toBe(65536 - 2 * 1023);
    expect(float32ToFloat16(float16ToFloat32(bits))).toEqual(bits);
  });

  it('rounds to nearest even and overflows to infinity', () => {
    const values = new Float32Array([1, -2, 2049, 2051, 65504, 65520, 2 ** -24, 2 ** -25, -0]);
    const bits = [0x3c00, 0xc000, 0x6800, 0x6802, 0x7bff, 0x7c00, 1, 0, 0x8000];
    expect([...float32ToFloat16(values)]).toEqual(bits);
  });

  it('reads a view that starts inside its buffer', () => {
    expect([...float16ToFloat32(new Uint16Array([0, 0x3c00, 0x4000]).subarray(1))]).toEqual([1, 2]);
  });
});

describe('bfloat16', () => {
  it('brings every number back from float32', () => {
    const bits = numbersOf(bfloat16ToFloat32(everyBitPattern));
    expect(bits.length).toBe(65536 - 2 * 127);
    expect(float32ToBfloat16(bfloat16ToFloat32(bits))).toEqual(bits);
  });

  it('rounds to nearest even, overflows to infinity and keeps not-a-number', () => {
    const values = new Float32Array([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, Number.NaN]);
    expect([...float32ToBfloat16(values)]).toEqual([0x3f80, 0x3f80, 0x3f82, 0x7f80, 0x7fc0]);
  });
});
