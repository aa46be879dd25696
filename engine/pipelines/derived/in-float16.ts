import type { FileHandle } from 'node:fs/promises';
import { toFloat16 } from '../../tensor/to-float16.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { readValues } from '../../weights/tensor-values.ts';
import { weightType } from '../../weights/weight-view.ts';
import { bytesOf, storedBytes } from './stored-bytes.ts';

const OTHER_TYPES: ReadonlySet<SafetensorsDtype> = new Set(['F32', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/**
 * Whether a device that computes in float16 would have to turn a weight into that when it loads it. Vectors stay as they
 * are: they are small, and networks ask for some of them in float32.
 */
export function needsFloat16({ dtype, shape }: StoredTensor): boolean {
  return OTHER_TYPES.has(dtype) && shape.length > 1;
}

/** Small enough for a processor's cache, which holds the numbers from their reading to their writing. */
const BLOCK_BYTES = 2 ** 20;

/** The bytes of a weight in float16, times its scale, block by block. */
export async function* inFloat16(file: FileHandle, weight: StoredTensor): AsyncGenerator<Uint8Array> {
  const type = weightType(weight);
  if (type === 'float16') throw new Error(`${weight.name} is float16 already`);
  const convert = toFloat16(type, scaleOf(weight));
  for (let first = 0; first < weight.length; first += BLOCK_BYTES) {
    const stored = await storedBytes(file, weight, first, Math.min(BLOCK_BYTES, weight.length - first));
    yield bytesOf(convert(stored));
  }
}

/** What a weight's numbers are to be multiplied by. */
export function scaleOf({ scale }: StoredTensor): number {
  return scale ? (readValues(scale)[0] as number) : 1;
}
