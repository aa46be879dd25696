import { Float16Array } from '@petamoriken/float16';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * The bits of half-precision numbers from float32 ones, rounded to nearest even; what is too large becomes infinite.
 * Weights of whole checkpoints pass through here: a typed array's own conversion takes many times as long where the
 * JavaScript engine has no half-precision numbers.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const whole = words[i]!;
    const size = whole & 0x7fffffff;
    // From the smallest normal number to the last that is rounded to 65504.
    const isNormal = size >= 0x38800000 && size < 0x477ff000;
    const half = isNormal ? (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13 : unusualFloat16(size);
    bits[i] = ((whole >>> 16) & 0x8000) | half;
  }
  return bits;
}

/** @param size the bits of a float32 number without its sign that is not a normal number of half precision */
function unusualFloat16(size: number): number {
  if (size > 0x7f800000) return 0x7e00;
  if (size >= 0x477ff000) return 0x7c00;
  const exponent = size >>> 23;
  if (exponent < 102) return 0; // less than half of the smallest number
  const mantissa = (size & 0x7fffff) | 0x800000;
  const dropped = 126 - exponent;
  const kept = mantissa >>> dropped;
  const rest = mantissa - (kept << dropped);
  const half = 1 << (dropped - 1);
  return kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0);
}

/** What each half-precision number is; made when it is first needed. */
let float16Table: Float32Array | undefined;

/** Float32 numbers from the bits of half-precision ones; exact. Looked up: see above. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  float16Table ??= new Float32Array(new Float16Array(Uint16Array.from({ length: 65536 }, (_, half) => half).buffer));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = float16Table[bits[i]!]!;
  return values;
}

/** The bits of bfloat16 numbers from float32 ones, rounded to nearest even; not-a-number stays so. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]!;
    const whole = word[0]!;
    const notANumber = (whole & 0x7fffffff) > 0x7f800000;
    bits[i] = notANumber ? (whole >>> 16) | 0x40 : (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** Float32 numbers from the bits of bfloat16 ones; exact. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return values;
}
