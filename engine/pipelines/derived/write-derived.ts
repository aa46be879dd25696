import { type FileHandle, open } from 'node:fs/promises';
import { writeSafetensors } from '../../weights/write-safetensors.ts';
import { type DerivedTensor, derivedLength } from './derived-tensor.ts';
import { inFloat16 } from './in-float16.ts';
import { Merging } from './merged-rows.ts';
import { storedBlocks } from './stored-bytes.ts';

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
