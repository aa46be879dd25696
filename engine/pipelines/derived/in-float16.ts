import type { FileHandle } from 'node:fs/promises';
import { type Dialect, isKept } from '../../layers/dialect.ts';
import { toFloat16 } from '../../tensor/to-float16.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { scaleOf } from '../../weights/tensor-values.ts';
import { weightType } from '../../weights/weight-view.ts';
import { bytesOf, storedBlocks } from './stored-bytes.ts';

const OTHER_TYPES: ReadonlySet<SafetensorsDtype> = new Set(['F32', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** Whether a weight that is no vector is stored in another type. */
export function isTurnable({ dtype, shape }: StoredTensor): boolean {
  return OTHER_TYPES.has(dtype) && shape.length > 1;
}

/** Whether a device would have to turn a weight into float16 when it loads it. */
export function needsFloat16(dialect: Dialect, weight: StoredTensor): boolean {
  if (dialect.computeType !== 'float16' || !isTurnable(weight)) return false;
  const { shape, scale } = weight;
  return !isKept(dialect, { type: weightType(weight), shape, scale });
}

/** The bytes of a weight in float16, times its scale, block by block. */
export async function* inFloat16(file: FileHandle, weight: StoredTensor): AsyncGenerator<Uint8Array> {
  const type = weightType(weight);
  if (type === 'float16') throw new Error(`${weight.name} is float16 already`);
  const convert = toFloat16(type, scaleOf(weight));
  for await (const block of storedBlocks(file, weight)) yield bytesOf(convert(block));
}
