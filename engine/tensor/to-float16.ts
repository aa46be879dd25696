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
  const scaled = (values: Float32Array) => float32ToFloat16(values.map((value) => value * scale));
  if (type === 'bfloat16') {
    const table = scaled(bfloat16ToFloat32(Uint16Array.from({ length: 65536 }, (_, bits) => bits)));
    return (bytes) => lookedUp(viewed(bytes, Uint16Array), table);
  }
  const table = scaled(
    float8ToFloat32(
      Uint8Array.from({ length: 256 }, (_, bits) => bits),
      type,
    ),
  );
  return (bytes) => lookedUp(bytes, table);
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
