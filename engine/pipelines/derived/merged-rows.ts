import type { FileHandle } from 'node:fs/promises';
import type { OnnxModel } from '../../onnx/graph-builder.ts';
import { Session } from '../../ort/session.ts';
import { float32ToBfloat16 } from '../../tensor/float16.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { largestMagnitude } from '../../tensor/to-float8.ts';
import { changesOf, type Decomposition, type ScaledUpdate, scaledToMagnitude } from '../../weights/lora/changes.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { asFloat32 } from '../as-float32.ts';
import { changedRows, mergeShape, type RowChanges } from './changed-rows.ts';
import { inFloat8ByChance, largestOf } from './in-float8.ts';
import { buildMerge, buildSquares, type MergeShape, type MergeType } from './merge-graph.ts';
import { bytesOf } from './stored-bytes.ts';

const NO_GAINS = { rows: Float32Array.of(1), columns: Float32Array.of(0) };

/**
 * Adds updates to weights (diffusers: fuse_lora). Several updates of a weight do not know of each other: each adds what it
 * makes of the weight as it was. Holds sessions until it is released.
 */
export class Merging {
  readonly #sessions = new Map<string, Session>();

  /** The bytes of a weight with its updates added, of the type `dtype`, block by block. @returns its scale, in eight bits */
  async *rows(
    file: FileHandle,
    base: StoredTensor,
    updates: readonly ScaledUpdate[],
    dtype: SafetensorsDtype,
  ): AsyncGenerator<Uint8Array, number | undefined> {
    const changes = await this.#changes(file, base, updates);
    const session = await this.#merge(mergeShape(base, changes), dtype === 'F16' ? 'float16' : 'float32');
    const blocks = changedRows(file, base, changes, session);
    if (dtype === 'F8_E4M3')
      return yield* inFloat8ByChance(numbersOf(blocks), await largestChanged(file, base, changes));
    for await (const { outputs } of blocks) {
      const { merged } = outputs;
      yield bytesOf(dtype === 'BF16' ? float32ToBfloat16(asFloat32(merged).data) : (merged as Tensor).data);
    }
    return undefined;
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  async #changes(file: FileHandle, base: StoredTensor, updates: readonly ScaledUpdate[]): Promise<RowChanges> {
    const { terms, decompositions } = changesOf(updates, base);
    const all = [...terms];
    const gains = { ...NO_GAINS };
    for (const decomposition of decompositions) {
      const squares = await this.#squares(file, base, decomposition);
      const { term, gains: own } = scaledToMagnitude(decomposition, squares);
      all.push(term);
      const { [own.of]: before } = gains;
      gains[own.of] = own.values.map((gain, place) => gain + (before[before.length === 1 ? 0 : place] as number));
    }
    return { rowGain: gains.rows, columnGain: gains.columns, terms: all };
  }

  /** The sum of the squares of each row or column of a weight with a difference added. */
  async #squares(file: FileHandle, base: StoredTensor, { difference, of }: Decomposition): Promise<Float64Array> {
    const changes = { rowGain: NO_GAINS.rows, columnGain: NO_GAINS.columns, terms: [difference] };
    const session = await this.#squaresOf(mergeShape(base, changes), of);
    const [product] = difference;
    const sums = new Float64Array((of === 'rows' ? product?.rows : product?.columns) ?? 0);
    for await (const { first, outputs } of changedRows(file, base, changes, session)) {
      const from = of === 'rows' ? first : 0;
      for (const [place, square] of asFloat32(outputs.squares).data.entries()) {
        sums[from + place] = (sums[from + place] as number) + square;
      }
    }
    return sums;
  }

  #merge(shape: MergeShape, to: MergeType): Promise<Session> {
    return this.#session(`merge ${shape.from} ${shape.differences} to ${to}`, () => buildMerge(shape, to));
  }

  #squaresOf(shape: MergeShape, of: 'rows' | 'columns'): Promise<Session> {
    return this.#session(`squares ${shape.from} ${shape.differences} of ${of}`, () => buildSquares(shape, of));
  }

  async #session(name: string, build: () => OnnxModel): Promise<Session> {
    const known = this.#sessions.get(name) ?? (await Session.create(build(), { name, provider: 'cpu' }));
    this.#sessions.set(name, known);
    return known;
  }
}

async function* numbersOf(blocks: AsyncIterable<{ outputs: Record<string, Tensor> }>): AsyncGenerator<Float32Array> {
  for await (const { outputs } of blocks) yield asFloat32(outputs.merged).data;
}

/** No number of a changed weight is larger: none of a product is larger than its row's length times its column's (Cauchy, Schwarz). */
async function largestChanged(file: FileHandle, base: StoredTensor, { rowGain, columnGain, terms }: RowChanges) {
  const gain = largestMagnitude('float32', bytesOf(rowGain)) + largestMagnitude('float32', bytesOf(columnGain));
  const added = terms.map((products) =>
    products.map(({ up, down, rank, columns }) => longest(up, rank, 1) * longest(down, rank, columns)),
  );
  const bounds = added.map((products) => products.reduce((product, each) => product * each, 1));
  return bounds.reduce((sum, each) => sum + each, gain * (await largestOf(file, base)));
}

/** The length of the longest of vectors whose numbers lie `stride` apart: rows for 1, columns for as many as there are. */
function longest(values: Float32Array, length: number, stride: number): number {
  let most = 0;
  const vectors = values.length / length;
  for (let vector = 0; vector < vectors; vector++) {
    const first = stride === 1 ? vector * length : vector;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += (values[first + i * stride] as number) ** 2;
    most = Math.max(most, sum);
  }
  return Math.sqrt(most);
}
