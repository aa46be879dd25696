import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Model } from '../../engine/families/model.ts';
import { openCheckpoint } from '../../engine/weights/layouts/checkpoint.ts';
import { modelAt } from './engine.ts';
import { readReferenceJson } from './fixtures.ts';
import { STORED_TYPES, type StoredType } from './safetensors.ts';

const HOLLOW_MODELS = ['sd1', 'sd2', 'sdxl', 'flux_dev'] as const;
export type HollowModelName = (typeof HOLLOW_MODELS)[number];

type Shapes = Record<string, readonly number[]>;

const BYTES: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 };

/** A safetensors file with a true header, whose data is a hole in the file. */
function writeHollow(path: string, shapes: Shapes, dtype: StoredType): void {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += shape.reduce((product, size) => product * size, BYTES[dtype]);
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([length, header]));
  const file = openSync(path, 'r+');
  ftruncateSync(file, length.length + header.length + end);
  closeSync(file);
}

const writeJson = (path: string, content: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
};

/**
 * A diffusers folder with a published model's configs and shapes, and no weights: files with a header and a hole, which is
 * read as zeros.
 */
export function hollowModel(name: HollowModelName, folder: string, dtype: StoredType = 'F16'): Model {
  const fullSize = readReferenceJson<Record<string, Record<string, number[]>>>('layouts/full-size.json.gz');
  const published = readReferenceJson<Record<string, Record<string, unknown>>>('layouts/published.json')[name];
  const single = join(folder, 'single.safetensors');
  writeHollow(single, fullSize[name] ?? {}, dtype);
  const { networks } = openCheckpoint(single);
  for (const [network, { tensors }] of Object.entries(networks)) {
    const shapes = tensors.map(({ name: tensor, shape, arrangement }) => {
      return [tensor, arrangement === 'transposed' ? shape.toReversed() : shape] as const;
    });
    const weights = network.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model';
    writeHollow(join(folder, network, `${weights}.safetensors`), Object.fromEntries(shapes), dtype);
    writeJson(join(folder, network, 'config.json'), published?.[network]);
  }
  writeJson(join(folder, 'scheduler/scheduler_config.json'), published?.scheduler);
  writeJson(join(folder, 'model_index.json'), { _class_name: published?.pipeline });
  for (const tokenizer of ['tokenizer', 'tokenizer_2']) mkdirSync(join(folder, tokenizer));
  return modelAt(folder, name);
}

/** The same as it is named on a command line. */
export function chosenHollowModel(folder: string, name: string | undefined, weights: string): Model {
  const known = HOLLOW_MODELS.find((candidate) => candidate === name);
  if (!known) throw new Error(`Name one of ${HOLLOW_MODELS.join(', ')}.`);
  const dtype = STORED_TYPES.find((candidate) => candidate === weights);
  if (!dtype) throw new Error(`Weights are stored in ${STORED_TYPES.join(', ')}.`);
  return hollowModel(known, folder, dtype);
}
