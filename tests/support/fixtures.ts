import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { float16ToFloat32 } from '../../engine/tensor/float16.ts';
import { readSafetensors } from '../../engine/weights/safetensors.ts';

/** The absolute path of a recorded reference, `relativePath` from tests/reference. */
export function referencePath(relativePath: string): string {
  return join(import.meta.dirname, '../reference', relativePath);
}

/** A recorded JSON reference, packed or not, with the infinities that Python writes. It is ours, so the type is taken on trust. */
export function readReferenceJson<T>(relativePath: string): T {
  const stored = readFileSync(referencePath(relativePath));
  const text = (relativePath.endsWith('.gz') ? gunzipSync(stored) : stored).toString();
  return JSON.parse(text.replaceAll(/(?<=: ?-?)Infinity/g, '1e999')) as T;
}

/** The F32 and F16 tensors of a recorded safetensors file as float32, by name. */
export function readReferenceTensors(relativePath: string): ReadonlyMap<string, Float32Array> {
  const path = referencePath(relativePath);
  const bytes = readFileSync(path);
  const tensors = new Map<string, Float32Array>();
  for (const { name, dtype, offset, length } of readSafetensors(path).entries.values()) {
    const data = new Uint8Array(bytes.subarray(offset, offset + length)).buffer;
    if (dtype === 'F32') tensors.set(name, new Float32Array(data));
    else if (dtype === 'F16') tensors.set(name, float16ToFloat32(new Uint16Array(data)));
  }
  return tensors;
}
