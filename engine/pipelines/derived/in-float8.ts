import type { FileHandle } from 'node:fs/promises';
import { Mt19937 } from '../../tensor/mt19937.ts';
import { LARGEST_E4M3, largestMagnitude, toFloat8, toFloat8ByChance } from '../../tensor/to-float8.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { scaleOf } from '../../weights/tensor-values.ts';
import { weightType } from '../../weights/weight-view.ts';
import { storedBlocks } from './stored-bytes.ts';

/** Whether a weight is a matrix that can have a scale; by the name, as checkpoints in eight bits name scales after it. */
export function isMatrix({ name, shape }: StoredTensor): boolean {
  return shape.length === 2 && name.endsWith('.weight');
}

/** Whether a weight is such a matrix in a wider type. */
export function isTurnableToFloat8(weight: StoredTensor): boolean {
  return isMatrix(weight) && ['F32', 'F16', 'BF16'].includes(weight.dtype);
}

/** The bytes of a weight in eight bits, block by block. @returns what they are to be multiplied by */
export async function* inFloat8(file: FileHandle, weight: StoredTensor): AsyncGenerator<Uint8Array, number> {
  const type = weightType(weight);
  if (type === 'float8e4m3' || type === 'float8e5m2') throw new Error(`${weight.name} is in eight bits already`);
  const scale = scaleFor(await largestOf(file, weight));
  const convert = toFloat8(type, scale);
  for await (const block of storedBlocks(file, weight)) yield convert(block);
  return scale;
}

/**
 * Numbers in eight bits, up or down by chance: what an update adds is often smaller than a step of the weight, and rounded to
 * nearest it would be gone. The same each time.
 *
 * @param largest magnitude that occurs at most
 */
export async function* inFloat8ByChance(
  blocks: AsyncIterable<Float32Array>,
  largest: number,
): AsyncGenerator<Uint8Array, number> {
  const scale = scaleFor(largest);
  const generator = new Mt19937(0);
  const random = () => generator.nextUint32();
  for await (const block of blocks) yield toFloat8ByChance(block, scale, random);
  return scale;
}

/** The largest magnitude of a stored weight. */
export async function largestOf(file: FileHandle, weight: StoredTensor): Promise<number> {
  const type = weightType(weight);
  let largest = 0;
  for await (const block of storedBlocks(file, weight)) {
    largest = Math.max(largest, largestMagnitude(type, block));
  }
  return largest * scaleOf(weight);
}

/** So that the largest number is the largest in eight bits, where steps are finest beside it. */
function scaleFor(largest: number): number {
  return Number.isFinite(largest) && largest > 0 ? Math.fround(largest / LARGEST_E4M3) : 1;
}
