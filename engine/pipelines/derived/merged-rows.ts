import type { FileHandle } from 'node:fs/promises';
import type { OnnxModel } from '../../onnx/graph-builder.ts';
import { Session } from '../../ort/session.ts';
import { float32ToBfloat16 } from '../../tensor/float16.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { changesOf, type Decomposition, type ScaledUpdate, scaledToMagnitude } from '../../weights/lora/changes.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { asFloat32 } from '../as-float32.ts';
import { changedRows, mergeShape, type RowChanges } from './changed-rows.ts';
import { buildMerge, buildSquares, type MergeShape, type MergeType } from './merge-graph.ts';
import { bytesOf } from './stored-bytes.ts';

const NO_GAINS = { rows: Float32Array.of(1), columns: Float32Array.of(0) };

/**
 * Adds updates to weights (diffusers: fuse_lora). Several updates of a weight do not know of each other: each adds what it
 * makes of the weight as it was. Holds sessions until it is released.
 */
export class Merging {
  readonly #sessions = new Map<string, Session>();

  /** The bytes of a weight with its updates added, of the type `dtype`, block by block. */
  async *rows(
    file: FileHandle,
    base: StoredTensor,
    updates: readonly ScaledUpdate[],
    dtype: SafetensorsDtype,
  ): AsyncGenerator<Uint8Array> {
    const changes = await this.#changes(file, base, updates);
    const session = await this.#merge(mergeShape(base, changes), dtype === 'F16' ? 'float16' : 'float32');
    for await (const { outputs } of changedRows(file, base, changes, session)) {
      const { merged } = outputs;
      yield bytesOf(dtype === 'BF16' ? float32ToBfloat16(asFloat32(merged).data) : (merged as Tensor).data);
    }
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
    const known = this.#sessions.get(name) ?? (await Session.create(build().bytes, { name, provider: 'cpu' }));
    this.#sessions.set(name, known);
    return known;
  }
}
