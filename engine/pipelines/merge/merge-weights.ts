import { type FileHandle, open } from 'node:fs/promises';
import { HeadroomError } from '../../contract/errors.ts';
import { Session } from '../../ort/session.ts';
import { float8ToFloat32 } from '../../tensor/float8.ts';
import { bfloat16ToFloat32, float32ToBfloat16 } from '../../tensor/float16.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { type Factors, type ScaledUpdate, sumOfUpdates } from '../../weights/lora/factors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { readValues } from '../../weights/tensor-values.ts';
import { type WeightType, weightType } from '../../weights/weight-view.ts';
import { type NewTensor, writeSafetensors } from '../../weights/write-safetensors.ts';
import { asFloat32 } from '../encode-text.ts';
import { buildMerge } from './merge-graph.ts';

/** A weight and what is added to it. */
export interface MergedTensor {
  readonly base: StoredTensor;
  readonly updates: readonly ScaledUpdate[];
}

/** How much of a weight is in memory at a time. */
const BLOCK_BYTES = 2 ** 24;

/**
 * Writes weights with their updates added, in the type and arrangement that they are stored in (diffusers: fuse_lora);
 * eight-bit weights become bfloat16.
 *
 * @param onTensor hears of each tensor before its turn, and may throw to stop
 * @throws HeadroomError `file`; `model`, for weights of eight bits among others; whatever `onTensor` throws
 */
export async function mergeWeights(
  path: string,
  tensors: readonly MergedTensor[],
  onTensor: (index: number) => Promise<void>,
): Promise<void> {
  const sessions = new Map<string, Session>();
  const sessionOf = async (type: 'float32' | 'float16') => {
    const known =
      sessions.get(type) ?? (await Session.create(buildMerge(type).bytes, { name: 'merge', provider: 'cpu' }));
    sessions.set(type, known);
    return known;
  };
  async function* bytes() {
    for (const [index, { base, updates }] of tensors.entries()) {
      await onTensor(index);
      const session = await sessionOf(weightType(base) === 'float16' ? 'float16' : 'float32');
      const file = await open(base.path);
      try {
        yield* mergedRows(file, base, sumOfUpdates(updates, base), session);
      } finally {
        await file.close();
      }
    }
  }
  try {
    await writeSafetensors(
      path,
      tensors.map(({ base }) => mergedEntry(base)),
      bytes(),
    );
  } finally {
    for (const session of sessions.values()) await session.release();
  }
}

/** What a weight becomes: its own type again, but eight bits have no room for what is added. */
function mergedEntry(base: StoredTensor): NewTensor {
  return base.dtype.startsWith('F8') ? { ...base, dtype: 'BF16', length: 2 * base.length } : base;
}

async function* mergedRows(
  file: FileHandle,
  base: StoredTensor,
  { rows, rank, columns, up, down }: Factors,
  session: Session,
): AsyncGenerator<Uint8Array> {
  const { offset, length, path, storedName } = base;
  const rowBytes = length / rows;
  const together = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const factor = tensor('float32', [rank, columns], down);
  const scale = base.scale ? (readValues(base.scale)[0] as number) : 1;
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const stored = new Uint8Array(count * rowBytes);
    const { bytesRead } = await file.read(stored, 0, stored.length, offset + first * rowBytes);
    if (bytesRead < stored.length) throw new HeadroomError('file', `${path} ends inside of "${storedName}".`);
    const { merged } = await session.run({
      base: numbers(stored, weightType(base), scale, [count, columns]),
      up: tensor('float32', [count, rank], up.subarray(first * rank, (first + count) * rank)),
      down: factor,
    });
    yield mergedEntry(base).dtype === 'BF16'
      ? bytesOf(float32ToBfloat16(asFloat32(merged).data))
      : bytesOf(merged?.data);
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

function bytesOf(data: ArrayBufferView | undefined): Uint8Array {
  return data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array();
}
