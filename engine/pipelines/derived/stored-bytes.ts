import type { FileHandle } from 'node:fs/promises';
import { HeadroomError } from '../../contract/errors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';

/** Small enough for a processor's cache, which holds the numbers from their reading to their writing. */
const BLOCK_BYTES = 2 ** 20;

/** All bytes of a tensor out of its file, block by block. @throws HeadroomError `file` if that ends before */
export async function* storedBlocks(file: FileHandle, tensor: StoredTensor): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let first = 0; first < tensor.length; first += BLOCK_BYTES) {
    yield await storedBytes(file, tensor, first, Math.min(BLOCK_BYTES, tensor.length - first));
  }
}

/** Some bytes of a tensor out of its file. @throws HeadroomError `file` if that ends before */
export async function storedBytes(
  file: FileHandle,
  { path, offset, storedName }: StoredTensor,
  first: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset + first);
  if (bytesRead < length) throw new HeadroomError('file', `${path} ends inside of "${storedName}".`);
  return bytes;
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
