import { closeSync, openSync, readSync } from 'node:fs';
import { HeadroomError } from '../contract/errors.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../tensor/float16.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { type WeightType, weightType } from './weight-view.ts';

const BYTES: Record<WeightType, number> = { float32: 4, float16: 2, bfloat16: 2 };

/**
 * The numbers of a small tensor, in the order they are stored. Weights of networks are read by the runtime instead.
 *
 * @throws HeadroomError `file` if they cannot be read, `model` for a dtype of no weight
 */
export function readValues(tensor: StoredTensor): Float32Array {
  const type = weightType(tensor);
  const bytes = new Uint8Array(tensor.length);
  try {
    const file = openSync(tensor.path, 'r');
    try {
      readSync(file, bytes, 0, bytes.length, tensor.offset);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('file', `${tensor.path} cannot be read: ${reason}`, { cause });
  }
  if (BYTES[type] === 4) return new Float32Array(bytes.buffer);
  const bits = new Uint16Array(bytes.buffer);
  return type === 'float16' ? float16ToFloat32(bits) : bfloat16ToFloat32(bits);
}
