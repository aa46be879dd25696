import { type Float8, float8ToFloat32 } from './float8.ts';
import { bfloat16ToFloat32, float32ToFloat16 } from './float16.ts';

/** The types of numbers that are turned into half precision. */
export type OtherFloat = 'float32' | 'bfloat16' | Float8;

/**
 * Turns the bytes of numbers into the bits of half-precision ones, rounded to nearest even, with what is too large infinite:
 * what onnxruntime's Cast gives. Numbers of eight and sixteen bits are looked up.
 *
 * @param scale what all of them are multiplied by, in float32; only 1 for float32 numbers
 */
export function toFloat16(type: OtherFloat, scale = 1): (bytes: Uint8Array<ArrayBuffer>) => Uint16Array {
  if (type === 'float32') return (bytes) => float32ToFloat16(viewed(bytes, Float32Array));
  const everyPattern = new Uint16Array(type === 'bfloat16' ? 65536 : 256).map((_, bits) => bits);
  const values =
    type === 'bfloat16' ? bfloat16ToFloat32(everyPattern) : float8ToFloat32(Uint8Array.from(everyPattern), type);
  const table = float32ToFloat16(values.map((value) => value * scale));
  return (bytes) => lookedUp(type === 'bfloat16' ? viewed(bytes, Uint16Array) : bytes, table);
}

function viewed<View>(
  { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>,
  Type: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer, offset: number, length: number): View },
): View {
  return new Type(buffer, byteOffset, byteLength / Type.BYTES_PER_ELEMENT);
}

function lookedUp(bits: Uint8Array | Uint16Array, table: Uint16Array): Uint16Array {
  const found = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) found[i] = table[bits[i]!]!;
  return found;
}
