import { type FileHandle, open } from 'node:fs/promises';
import { type NewTensor, writeSafetensors } from '../../weights/write-safetensors.ts';
import { type DerivedTensor, isRescaled, toBeMade } from './derived-tensor.ts';
import { inChannelsLast } from './in-channels-last.ts';
import { inFloat8 } from './in-float8.ts';
import { inFloat16 } from './in-float16.ts';
import { Merging } from './merged-rows.ts';
import { bytesOf, storedBlocks } from './stored-bytes.ts';

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
    const scales: number[] = [];
    for (const [index, tensor] of tensors.entries()) {
      await onTensor(index);
      const file = await open(tensor.base.path);
      try {
        const scale = yield* derived(file, tensor, merging);
        if (scale !== undefined) scales.push(scale);
      } finally {
        await file.close();
      }
    }
    yield bytesOf(Float32Array.from(scales));
  }
  try {
    await writeSafetensors(path, [...toBeMade(tensors), ...scaleEntries(tensors)], bytes());
  } finally {
    await merging.release();
  }
}

/** Behind all weights, so that those stay aligned. */
function scaleEntries(tensors: readonly DerivedTensor[]): NewTensor[] {
  return tensors.filter(isRescaled).map(({ base }) => {
    return { name: base.name.replace(/weight$/, 'scale_weight'), dtype: 'F32', shape: [1], length: 4 };
  });
}

/** The bytes of a weight. @returns its scale, if it gets one */
function derived(
  file: FileHandle,
  { base, updates, dtype, isChannelsLast }: DerivedTensor,
  merging: Merging,
): AsyncGenerator<Uint8Array, number | undefined> {
  if (updates.length > 0) return merging.rows(file, base, updates, dtype);
  if (isChannelsLast) return inChannelsLast(file, base);
  if (dtype === base.dtype) return storedBlocks(file, base);
  return dtype === 'F8_E4M3' ? inFloat8(file, base) : inFloat16(file, base);
}
