import type { FileHandle } from 'node:fs/promises';
import { elementCount } from '../../tensor/tensor.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { storedRows } from './stored-bytes.ts';

/** The bytes of filters of eight bits [out, in, height, width] as [out, height, width, in], block by block. */
export async function* inChannelsLast(file: FileHandle, weight: StoredTensor): AsyncGenerator<Uint8Array, undefined> {
  const [, channels = 1, ...kernel] = weight.shape;
  const pixels = elementCount(kernel);
  if (weight.length !== elementCount(weight.shape)) throw new Error(`${weight.name} is not in eight bits`);
  for await (const filters of storedRows(file, weight)) {
    const turned = new Uint8Array(filters.length);
    for (let filter = 0; filter < filters.length; filter += channels * pixels) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const from = filter + pixel;
        const to = filter + pixel * channels;
        for (let c = 0; c < channels; c++) turned[to + c] = filters[from + c * pixels] as number;
      }
    }
    yield turned;
  }
}
