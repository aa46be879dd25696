import { type Float8, float8ToFloat32 } from './float8.ts';
import { bfloat16ToFloat32, float32ToFloat16 } from './float16.ts';

/** The types of numbers that are turned into half precision. */
export type OtherFloat = 'float32' | 'bfloat16' | Float8;

/** What each bfloat16 is in half precision; made when it is first needed, and not for each of a thousand tensors. */
let bfloat16Table: Uint16Array | undefined;

/**
 * Turns the bytes of numbers into the bits of half-precision ones, rounded to nearest even, with what is too large infinite:
 * what onnxruntime's Cast gives. Numbers of eight and sixteen bits are looked up.
 *
 * @param scale what numbers of eight bits are multiplied by, in float32
 */
export function toFloat16(type: OtherFloat, scale = 1): (bytes: Uint8Array<ArrayBuffer>) => Uint16Array {
  switch (type) {
    case 'float32':
      return (bytes) => float32ToFloat16(viewed(bytes, Float32Array));
    case 'bfloat16': {
      bfloat16Table ??= float32ToFloat16(bfloat16ToFloat32(new Uint16Array(65536).map((_, bits) => bits)));
      const table = bfloat16Table;
      return (bytes) => lookedUp(viewed(bytes, Uint16Array), table);
    }
    case 'float8e4m3':
    case 'float8e5m2': {
      const values = float8ToFloat32(
        new Uint8Array(256).map((_, bits) => bits),
        type,
      );
      const table = float32ToFloat16(values.map((value) => value * scale));
      return (bytes) => lookedUp(bytes, table);
    }
  }
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
