import { Float16Array } from '@petamoriken/float16';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of half-precision numbers from float32 ones, rounded to nearest even; what is too large becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  return new Uint16Array(new Float16Array(values).buffer as ArrayBuffer);
}

/** Float32 numbers from the bits of half-precision ones; exact. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  return new Float32Array(new Float16Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length));
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
