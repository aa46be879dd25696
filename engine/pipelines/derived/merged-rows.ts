import type { FileHandle } from 'node:fs/promises';
import { Session } from '../../ort/session.ts';
import { float8ToFloat32 } from '../../tensor/float8.ts';
import { bfloat16ToFloat32, float32ToBfloat16 } from '../../tensor/float16.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { type ScaledUpdate, sumOfUpdates } from '../../weights/lora/factors.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { type WeightType, weightType } from '../../weights/weight-view.ts';
import { asFloat32 } from '../encode-text.ts';
import { scaleOf } from './in-float16.ts';
import { buildMerge, type MergeType } from './merge-graph.ts';
import { bytesOf, storedBytes } from './stored-bytes.ts';

/** How much of a weight is in memory at a time. */
const BLOCK_BYTES = 2 ** 24;

/** Adds updates to weights (diffusers: fuse_lora). Holds sessions until it is released. */
export class Merging {
  readonly #sessions = new Map<string, Session>();

  /** The bytes of a weight with its updates added, of the type `dtype`, block by block. */
  async *rows(
    file: FileHandle,
    base: StoredTensor,
    updates: readonly ScaledUpdate[],
    dtype: SafetensorsDtype,
  ): AsyncGenerator<Uint8Array> {
    const { rows, rank, columns, up, down } = sumOfUpdates(updates, base);
    const from = weightType(base);
    const session = await this.#session(from === 'float16' ? from : 'float32', dtype === 'F16' ? 'float16' : 'float32');
    const rowBytes = base.length / rows;
    const together = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const factor = tensor('float32', [rank, columns], down);
    const scale = scaleOf(base);
    for (let first = 0; first < rows; first += together) {
      const count = Math.min(together, rows - first);
      const stored = await storedBytes(file, base, first * rowBytes, count * rowBytes);
      const { merged } = await session.run({
        base: numbers(stored, from, scale, [count, columns]),
        up: tensor('float32', [count, rank], up.subarray(first * rank, (first + count) * rank)),
        down: factor,
      });
      yield bytesOf(dtype === 'BF16' ? float32ToBfloat16(asFloat32(merged).data) : (merged as Tensor).data);
    }
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  async #session(from: MergeType, to: MergeType): Promise<Session> {
    const key = `${from} ${to}`;
    const known =
      this.#sessions.get(key) ?? (await Session.create(buildMerge(from, to).bytes, { name: 'merge', provider: 'cpu' }));
    this.#sessions.set(key, known);
    return known;
  }
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
