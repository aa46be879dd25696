import type { FileHandle } from 'node:fs/promises';
import type { Session } from '../../ort/session.ts';
import { float8ToFloat32 } from '../../tensor/float8.ts';
import { bfloat16ToFloat32 } from '../../tensor/float16.ts';
import { elementCount, type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Term } from '../../weights/lora/changes.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { scaleOf } from '../../weights/tensor-values.ts';
import { type WeightType, weightType } from '../../weights/weight-view.ts';
import type { MergeShape } from './merge-graph.ts';
import { storedBytes } from './stored-bytes.ts';

/** How much of a weight is in memory at a time. */
const BLOCK_BYTES = 2 ** 24;

/** What is done to a weight, arranged as it is stored: `base ∘ (rowGain + columnGain) + Σ terms`. */
export interface RowChanges {
  /** One number for each row, or one for all. */
  readonly rowGain: Float32Array;
  /** One number for each column, or one for all. */
  readonly columnGain: Float32Array;
  readonly terms: readonly Term[];
}

/** The graphs that changes to a weight take. @throws HeadroomError `model` for a dtype of no weight */
export function mergeShape(base: StoredTensor, { terms }: RowChanges): MergeShape {
  const from = weightType(base) === 'float16' ? 'float16' : 'float32';
  return { from, differences: terms.map((products) => products.length) };
}

/**
 * Runs a graph of merge-graph.ts on a weight, some rows at a time.
 *
 * @returns what it puts out for each of these blocks, and the first row of the block
 * @throws HeadroomError `file` if the weight cannot be read
 */
export async function* changedRows(
  file: FileHandle,
  base: StoredTensor,
  { rowGain, columnGain, terms }: RowChanges,
  session: Session,
): AsyncGenerator<{ readonly first: number; readonly outputs: Record<string, Tensor> }> {
  const [rows = 1] = base.shape;
  const columns = elementCount(base.shape) / rows;
  const rowBytes = base.length / rows;
  const together = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const scale = scaleOf(base);
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const stored = await storedBytes(file, base, first * rowBytes, count * rowBytes);
    const gains = rowGain.length === 1 ? rowGain : rowGain.subarray(first, first + count);
    const outputs = await session.run({
      base: numbers(stored, weightType(base), scale, [count, columns]),
      row_gain: tensor('float32', [gains.length, 1], gains),
      column_gain: tensor('float32', [1, columnGain.length], columnGain),
      ...factorInputs(terms, first, count),
    });
    yield { first, outputs };
  }
}

function factorInputs(terms: readonly Term[], first: number, count: number): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  for (const [index, products] of terms.entries()) {
    for (const [factor, { rank, columns, up, down }] of products.entries()) {
      const rows = up.subarray(first * rank, (first + count) * rank);
      inputs[`up.${index}.${factor}`] = tensor('float32', [count, rank], rows);
      inputs[`down.${index}.${factor}`] = tensor('float32', [rank, columns], down);
    }
  }
  return inputs;
}

/** Stored numbers as the merge takes them: onnxruntime-node takes no bfloat16 and no eight bits. */
function numbers(bytes: Uint8Array<ArrayBuffer>, type: WeightType, scale: number, dims: readonly number[]): Tensor {
  switch (type) {
    case 'float8e4m3':
    case 'float8e5m2':
      return tensor(
        'float32',
        dims,
        float8ToFloat32(bytes, type).map((value) => value * scale),
      );
    case 'float32':
      return tensor('float32', dims, new Float32Array(bytes.buffer));
    case 'float16':
      return tensor('float16', dims, new Uint16Array(bytes.buffer));
    case 'bfloat16':
      return tensor('float32', dims, bfloat16ToFloat32(new Uint16Array(bytes.buffer)));
  }
}
