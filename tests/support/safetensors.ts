import { writeFileSync } from 'node:fs';
import { type Float8, float8ToFloat32 } from '../../engine/tensor/float8.ts';
import { float32ToBfloat16, float32ToFloat16 } from '../../engine/tensor/float16.ts';

export const STORED_TYPES = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const;
export type StoredType = (typeof STORED_TYPES)[number];

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** The file's by default. */
  readonly dtype?: StoredType;
}

/** A safetensors file from a header text and data, neither of which is checked. */
export function writeRaw(path: string, header: string, data: Uint8Array = new Uint8Array()): string {
  const text = new TextEncoder().encode(header);
  const bytes = Buffer.alloc(8 + text.length + data.length);
  bytes.writeBigUInt64LE(BigInt(text.length));
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  writeFileSync(path, bytes);
  return path;
}

/** Writes tensors as a safetensors file. @param common the dtype of those that have none of their own */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, StoredTensor>>,
  common: StoredType,
): string {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, values, dtype = common }] of Object.entries(tensors)) {
    const stored = convert(values, dtype);
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  return writeRaw(path, JSON.stringify(header), Buffer.concat(parts));
}

/** The eight bits whose value is nearest to each number. */
export function nearestFloat8(values: Float32Array, type: Float8): Uint8Array {
  const known = [
    ...float8ToFloat32(
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      type,
    ),
  ]
    .map((value, byte) => ({ value, byte }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
  return Uint8Array.from(values, (wanted) => {
    let low = 0;
    for (let high = known.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.value ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    const [below = known[low], above = known[low]] = [known[low - 1], known[low]];
    return (Math.abs((below?.value ?? 0) - wanted) < Math.abs((above?.value ?? 0) - wanted) ? below : above)?.byte ?? 0;
  });
}

function convert(values: Float32Array, dtype: StoredType): Float32Array | Uint16Array | Uint8Array {
  switch (dtype) {
    case 'F32':
      return values;
    case 'F16':
      return float32ToFloat16(values);
    case 'BF16':
      return float32ToBfloat16(values);
    case 'F8_E4M3':
      return nearestFloat8(values, 'float8e4m3');
    case 'F8_E5M2':
      return nearestFloat8(values, 'float8e5m2');
  }
}
