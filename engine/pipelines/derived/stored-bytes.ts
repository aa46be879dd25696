import type { FileHandle } from 'node:fs/promises';
import { HeadroomError } from '../../contract/errors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';

/** Small enough for a processor's cache, which holds the numbers from their reading to their writing. */
const BLOCK_BYTES = 2 ** 20;

/** All bytes of a tensor out of its file, block by block. @throws HeadroomError `file` if that ends before */
export async function* storedBlocks(
  file: FileHandle,
  tensor: StoredTensor,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let first = 0; first < tensor.length; first += blockBytes) {
    yield await storedBytes(file, tensor, first, Math.min(blockBytes, tensor.length - first));
  }
}

/** The same, but each block is whole rows of the tensor, at least one. */
export function storedRows(file: FileHandle, tensor: StoredTensor): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const rowBytes = tensor.length / (tensor.shape[0] ?? 1);
  return storedBlocks(file, tensor, Math.max(1, Math.floor(BLOCK_BYTES / rowBytes)) * rowBytes);
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
