import { type FileHandle, open } from 'node:fs/promises';
import { elementCount } from '../../tensor/tensor.ts';
import type { ScaledUpdate } from '../../weights/lora/changes.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { writeSafetensors } from '../../weights/write-safetensors.ts';
import { inFloat16 } from './in-float16.ts';
import { Merging } from './merged-rows.ts';
import { storedBlocks } from './stored-bytes.ts';

/** A weight that is made of a stored one: with updates added, in another type, or the same. */
export interface DerivedTensor {
  readonly base: StoredTensor;
  readonly updates: readonly ScaledUpdate[];
  /** The type that it is to have. */
  readonly dtype: SafetensorsDtype;
}

/**
 * Writes weights in the arrangement that they are stored in.
 *
 * @param onTensor hears of each tensor before its turn, and may throw to stop
 * @throws HeadroomError `file`, `model`; whatever `onTensor` throws
 */
export async function writeDerived(
  path: string,
  tensors: readonly DerivedTensor[],
  onTensor: (index: number) => Promise<void>,
): Promise<void> {
  const merging = new Merging();
  async function* bytes() {
    for (const [index, tensor] of tensors.entries()) {
      await onTensor(index);
      const file = await open(tensor.base.path);
      try {
        yield* derived(file, tensor, merging);
      } finally {
        await file.close();
      }
    }
  }
  const entries = tensors.map((tensor) => ({ ...tensor.base, dtype: tensor.dtype, length: derivedLength(tensor) }));
  try {
    await writeSafetensors(path, entries, bytes());
  } finally {
    await merging.release();
  }
}

function derived(file: FileHandle, { base, updates, dtype }: DerivedTensor, merging: Merging) {
  if (updates.length > 0) return merging.rows(file, base, updates, dtype);
  return dtype === base.dtype ? storedBlocks(file, base) : inFloat16(file, base);
}

const BYTES: Partial<Record<SafetensorsDtype, number>> = { F16: 2, BF16: 2 };

/** Bytes of a weight in its new type. */
export function derivedLength({ base, dtype }: DerivedTensor): number {
  if (dtype === base.dtype) return base.length;
  return elementCount(base.shape) * (BYTES[dtype] as number);
}
