import { closeSync, openSync, readSync } from 'node:fs';
import { HeadroomError } from '../contract/errors.ts';
import { float8ToFloat32 } from '../tensor/float8.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../tensor/float16.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { type WeightType, weightType } from './weight-view.ts';

/**
 * The numbers of a small tensor, in the order they are stored. Weights of networks are read by the runtime instead.
 *
 * @throws HeadroomError `file` if they cannot be read, `model` for a dtype of no weight
 */
export function readValues(tensor: StoredTensor): Float32Array {
  const type = weightType(tensor);
  return valuesOf(
    type,
    readWith(tensor.path, (read) => read(tensor)),
  );
}

/**
 * Reads parts of a file that is opened once for all.
 *
 * @throws HeadroomError `file` if they cannot be read
 */
export function readWith<Result>(
  path: string,
  use: (read: (part: Pick<StoredTensor, 'offset' | 'length'>) => Uint8Array<ArrayBuffer>) => Result,
): Result {
  try {
    const file = openSync(path, 'r');
    try {
      return use(({ offset, length }) => {
        const bytes = new Uint8Array(length);
        readSync(file, bytes, 0, length, offset);
        return bytes;
      });
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('file', `${path} cannot be read: ${reason}`, { cause });
  }
}

/** The numbers that bytes of a type stand for. */
export function valuesOf(type: WeightType, bytes: Uint8Array<ArrayBuffer>): Float32Array {
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
