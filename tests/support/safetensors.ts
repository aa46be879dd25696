import { writeFileSync } from 'node:fs';
import { float32ToBfloat16, float32ToFloat16 } from '../../engine/tensor/float16.ts';

export type StoredType = 'F32' | 'F16' | 'BF16';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
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

/** Writes tensors as a safetensors file of one dtype. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, StoredTensor>>,
  dtype: StoredType,
): string {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const stored = convert(values, dtype);
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  return writeRaw(path, JSON.stringify(header), Buffer.concat(parts));
}

function convert(values: Float32Array, dtype: StoredType): Float32Array | Uint16Array {
  switch (dtype) {
    case 'F32':
      return values;
    case 'F16':
      return float32ToFloat16(values);
    case 'BF16':
      return float32ToBfloat16(values);
  }
}
