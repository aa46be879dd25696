import { type Float8, float8ToFloat32 } from './float8.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './float16.ts';

/** The types of numbers that are turned into eight bits. */
export type WideFloat = 'float32' | 'float16' | 'bfloat16';

/** The largest number of four bits of exponent and three of mantissa (https://arxiv.org/abs/2209.05433). */
export const LARGEST_E4M3 = 448;
const NOT_A_NUMBER = 0x7f;

/**
 * Turns the bytes of numbers, divided by `scale`, into the bits of eight-bit ones (E4M3), rounded to nearest even, with what
 * is too large made the largest: what onnxruntime's Cast gives. Numbers of sixteen bits are looked up.
 */
export function toFloat8(type: WideFloat, scale: number): (bytes: Uint8Array<ArrayBuffer>) => Uint8Array {
  if (type === 'float32') {
    return ({ buffer, byteOffset, byteLength }) => encoded(new Float32Array(buffer, byteOffset, byteLength / 4), scale);
  }
  const magnitudes = Uint16Array.from({ length: 32768 }, (_, bits) => bits);
  const table = encoded(type === 'float16' ? float16ToFloat32(magnitudes) : bfloat16ToFloat32(magnitudes), scale);
  return ({ buffer, byteOffset, byteLength }) => {
    const all = new Uint16Array(buffer, byteOffset, byteLength / 2);
    const found = new Uint8Array(all.length);
    for (let i = 0; i < all.length; i++) {
      const bits = all[i]!;
      found[i] = ((bits >>> 8) & 0x80) | table[bits & 0x7fff]!;
    }
    return found;
  };
}

/** The largest magnitude of numbers by their bytes; not a number if one of them is none. */
export function largestMagnitude(type: WideFloat | Float8, bytes: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = bytes;
  // Without their signs, floating-point numbers are in the order of their bits, and behind them what is no number.
  if (type === 'float32') {
    const largest = largestBits(new Uint32Array(buffer, byteOffset, byteLength / 4), 0x7fff_ffff);
    return new Float32Array(Uint32Array.of(largest).buffer)[0] as number;
  }
  if (type === 'float8e4m3' || type === 'float8e5m2') {
    return float8ToFloat32(Uint8Array.of(largestBits(bytes, 0x7f)), type)[0] as number;
  }
  const largest = largestBits(new Uint16Array(buffer, byteOffset, byteLength / 2), 0x7fff);
  const values = type === 'float16' ? float16ToFloat32 : bfloat16ToFloat32;
  return values(Uint16Array.of(largest))[0] as number;
}

function largestBits(all: Uint8Array | Uint16Array | Uint32Array, mask: number): number {
  let largest = 0;
  for (let i = 0; i < all.length; i++) {
    const bits = all[i]! & mask;
    if (bits > largest) largest = bits;
  }
  return largest;
}

/**
 * Turns numbers, divided by `scale`, into the bits of eight-bit ones (E4M3): up or down by chance, the more likely the nearer.
 * On average nothing is lost, however small it is beside a step (stochastic rounding, https://arxiv.org/abs/1502.02551).
 *
 * @param random 32 random bits
 */
export function toFloat8ByChance(values: Float32Array, scale: number, random: () => number): Uint8Array {
  return encoded(values, scale, random);
}

/** Bits of a float32 number: what lies below the last bit that eight bits have. */
const REST_BITS = 20;
const REST = 2 ** REST_BITS - 1;
/** How the bits of a float32 number without its rest differ from those of the same number in eight bits. */
const EXPONENT_OFFSET = (127 - 7) << 3;
const [LARGEST_BITS, SMALLEST_NORMAL_BITS, INFINITE_BITS] = new Uint32Array(
  Float32Array.of(LARGEST_E4M3, 2 ** -6, Number.POSITIVE_INFINITY).buffer,
) as unknown as [number, number, number];
/** Steps of the numbers below the smallest normal one. */
const SMALLEST = 2 ** -9;

/** @param random rounds to nearest even without it */
function encoded(values: Float32Array, scale: number, random?: () => number): Uint8Array {
  const quotients = values.map((value) => value / scale);
  const allBits = new Uint32Array(quotients.buffer);
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (allBits[i]! >>> 24) & 0x80;
    const magnitude = allBits[i]! & 0x7fff_ffff;
    bytes[i] = sign | magnitudeByte(magnitude, Math.abs(quotients[i]!), random);
  }
  return bytes;
}

/** @param bits of the same number */
function magnitudeByte(bits: number, magnitude: number, random?: () => number): number {
  if (bits >= LARGEST_BITS) return bits > INFINITE_BITS ? NOT_A_NUMBER : NOT_A_NUMBER - 1;
  if (bits >= SMALLEST_NORMAL_BITS) {
    const half = REST >>> 1;
    const added = random ? random() & REST : half + ((bits >>> REST_BITS) & 1);
    return ((bits + added) >>> REST_BITS) - EXPONENT_OFFSET;
  }
  const steps = magnitude / SMALLEST;
  const below = Math.floor(steps);
  const rest = steps - below;
  if (random) return below + (random() / 2 ** 32 < rest ? 1 : 0);
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
