import { closeSync, openSync, readSync } from 'node:fs';
import { HeadroomError } from '../contract/errors.ts';
import { float8ToFloat32 } from '../tensor/float8.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../tensor/float16.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { weightType } from './weight-view.ts';

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
  switch (type) {
    case 'float32':
      return new Float32Array(bytes.buffer);
    case 'float16':
      return float16ToFloat32(new Uint16Array(bytes.buffer));
    case 'bfloat16':
      return bfloat16ToFloat32(new Uint16Array(bytes.buffer));
    case 'float8e4m3':
    case 'float8e5m2':
      return float8ToFloat32(bytes, type);
  }
}

/** What a weight's numbers are to be multiplied by. @throws HeadroomError `file` if it cannot be read */
export function scaleOf({ scale }: Pick<StoredTensor, 'scale'>): number {
  return scale ? (readValues(scale)[0] as number) : 1;
}
