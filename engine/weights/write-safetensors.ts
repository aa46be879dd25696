import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { HeadroomError } from '../contract/errors.ts';
import type { SafetensorsEntry } from './safetensors.ts';

/** A tensor that is to be written; its offset follows from those before it. */
export type NewTensor = Pick<SafetensorsEntry, 'name' | 'dtype' | 'shape' | 'length'>;

/** Readers map tensors into memory where their numbers are aligned. */
const ALIGNMENT = 64;

/**
 * Writes a safetensors file piece by piece: it is there whole or not at all, and in memory are only the pieces at hand.
 *
 * @param bytes of all tensors, one after the other, cut anywhere
 * @throws HeadroomError `file`, naming the path; whatever `bytes` throws
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NewTensor[],
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await attempt(path, () => open(temporary, 'w'));
    try {
      await attempt(path, () => writeWhole(file, header(tensors)));
      await writePieces(file, path, bytes);
      // Else a power cut after the renaming could leave a file of the right name and size, and of zeros.
      await attempt(path, () => file.sync());
    } finally {
      await file.close();
    }
    await attempt(path, () => rename(temporary, path));
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

function header(tensors: readonly NewTensor[]): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, length }) => {
    const begin = end;
    end += length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const whole = Math.ceil((8 + text.length) / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(whole, ' ');
  bytes.writeBigUInt64LE(BigInt(whole - 8));
  bytes.set(text, 8);
  return bytes;
}

/** Each piece is written while the next one is made. */
async function writePieces(file: FileHandle, path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let writing = Promise.resolve();
  try {
    for await (const piece of pieces) {
      await writing;
      writing = attempt(path, () => writeWhole(file, piece));
      // What went wrong is told where it is waited for; until then it is no rejection that nobody handles.
      writing.catch(() => {});
    }
  } finally {
    await writing;
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

async function attempt<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    const reason = full ? 'the disk is full. Free some space' : cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('file', `${path} cannot be written: ${reason}.`, { cause });
  }
}
