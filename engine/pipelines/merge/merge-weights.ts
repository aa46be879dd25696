import { type FileHandle, open } from 'node:fs/promises';
import { HeadroomError } from '../../contract/errors.ts';
import { Session } from '../../ort/session.ts';
import { bfloat16ToFloat32, float32ToBfloat16 } from '../../tensor/float16.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { type Factors, type ScaledUpdate, sumOfUpdates } from '../../weights/lora/factors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { type WeightType, weightType } from '../../weights/weight-view.ts';
import { writeSafetensors } from '../../weights/write-safetensors.ts';
import { buildMerge } from './merge-graph.ts';

/** A weight and what is added to it. */
export interface MergedTensor {
  readonly base: StoredTensor;
  readonly updates: readonly ScaledUpdate[];
}

/** How much of a weight is in memory at a time. */
const BLOCK_BYTES = 2 ** 24;

/**
 * Writes weights with their updates added, in the type and arrangement that they are stored in (diffusers: fuse_lora).
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
      const type = weightType(base);
      const session = await sessionOf(type === 'float16' ? 'float16' : 'float32');
      const file = await open(base.path);
      try {
        yield* mergedRows(file, base, type, sumOfUpdates(updates, base), session);
      } finally {
        await file.close();
      }
    }
  }
  try {
    await writeSafetensors(
      path,
      tensors.map(({ base }) => base),
      bytes(),
    );
  } finally {
    for (const session of sessions.values()) await session.release();
  }
}

async function* mergedRows(
  file: FileHandle,
  { offset, length, path, storedName }: StoredTensor,
  type: WeightType,
  { rows, rank, columns, up, down }: Factors,
  session: Session,
): AsyncGenerator<Uint8Array> {
  const rowBytes = length / rows;
  const together = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const factor = tensor('float32', [rank, columns], down);
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const stored = new Uint8Array(count * rowBytes);
    const { bytesRead } = await file.read(stored, 0, stored.length, offset + first * rowBytes);
    if (bytesRead < stored.length) throw new HeadroomError('file', `${path} ends inside of "${storedName}".`);
    const { merged } = await session.run({
      base: numbers(stored, type, [count, columns]),
      up: tensor('float32', [count, rank], up.subarray(first * rank, (first + count) * rank)),
      down: factor,
    });
    yield storedBytes(merged as Tensor, type);
  }
}

/** Stored numbers as the merge takes them; onnxruntime-node takes no bfloat16. */
function numbers({ buffer }: Uint8Array<ArrayBuffer>, type: WeightType, dims: readonly number[]): Tensor {
  switch (type) {
    case 'float8e4m3':
    case 'float8e5m2':
      throw new HeadroomError(
        'model',
        'A LoRA cannot be added to weights of eight bits: take the same model in fp16 or bf16.',
      );
    case 'float32':
      return tensor('float32', dims, new Float32Array(buffer));
    case 'float16':
      return tensor('float16', dims, new Uint16Array(buffer));
    case 'bfloat16':
      return tensor('float32', dims, bfloat16ToFloat32(new Uint16Array(buffer)));
  }
}

function storedBytes({ data }: Tensor, type: WeightType): Uint8Array {
  const stored = type === 'bfloat16' ? float32ToBfloat16(data as Float32Array) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
