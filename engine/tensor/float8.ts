/** The eight-bit floats of checkpoints (https://arxiv.org/abs/2209.05433): 4 bits of exponent and 3 of mantissa, or 5 and 2. */
export type Float8 = 'float8e4m3' | 'float8e5m2';

const FORMATS = {
  float8e4m3: { mantissaBits: 3, bias: 7 },
  float8e5m2: { mantissaBits: 2, bias: 15 },
} as const;

/** What each eight-bit number is; made when it is first needed, and not for each of a thousand tensors. */
const tables = new Map<Float8, Float32Array>();

/** Float32 numbers from the bits of eight-bit ones; exact. */
export function float8ToFloat32(bits: Uint8Array, type: Float8): Float32Array {
  const table = tables.get(type) ?? Float32Array.from({ length: 256 }, (_, byte) => decoded(byte, type));
  tables.set(type, table);
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

function decoded(byte: number, type: Float8): number {
  const { mantissaBits, bias } = FORMATS[type];
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte & 0x7f) >> mantissaBits;
  const mantissa = byte & ((1 << mantissaBits) - 1);
  // E4M3 has one not-a-number of each sign and no infinities.
  if (type === 'float8e4m3' && (byte & 0x7f) === 0x7f) return Number.NaN;
  if (type === 'float8e5m2' && exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const fraction = mantissa / (1 << mantissaBits);
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
