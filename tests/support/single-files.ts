import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from './safetensors.ts';

/** What diffusers was asked to draw with a model in single files, in its words. */
export interface SingleFileRun {
  /** Names and shapes of tensors, by what the file is to Load Model: `model`, `vae` and so on. */
  readonly files: Readonly<Record<string, Record<string, number[]>>>;
  /** Factors of some tensors' numbers. */
  readonly scales?: Readonly<Record<string, number>>;
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly guidance_scale: number;
  readonly num_inference_steps: number;
}

/** The runs of tests/reference/single-files by name. */
export const singleFileRuns = readReferenceJson<Record<string, SingleFileRun>>('single-files/single-files.json.gz');

const outputs = readReferenceTensors('single-files/single-files.safetensors');

/** The decoded picture of a run, channels first, neither cut to -1…1 nor scaled. */
export function singleFileImage(name: string): Float32Array {
  return outputs.get(`${name}/image`) as Float32Array;
}

/** Writes one of a run's files, if it is not there: making the numbers takes as long as drawing with them. */
export function writeSingleFile(run: string, file: string, folder: string, dtype: StoredType = 'F32'): string {
  const path = join(folder, `${run}-${file}.safetensors`);
  return existsSync(path) ? path : writeSafetensors(path, weightsOf(run, file), dtype);
}

/** What names of a model's parts begin with in files that hold all of FLUX. */
const ALL_IN_ONE = {
  model: 'model.diffusion_model.',
  vae: 'vae.',
  text_encoder: 'text_encoders.clip_l.transformer.',
  text_encoder_2: 'text_encoders.t5xxl.transformer.',
};

/** Writes all files of a run as one, with the numbers that they have apart. */
export function writeAllInOne(run: string, folder: string, dtype: StoredType = 'F32'): string {
  const parts = Object.entries(ALL_IN_ONE).flatMap(([file, prefix]) =>
    Object.entries(weightsOf(run, file)).map(([name, weights]) => [prefix + name, weights] as const),
  );
  return writeSafetensors(join(folder, `${run}-all-in-one.safetensors`), Object.fromEntries(parts), dtype);
}

function weightsOf(run: string, file: string): Record<string, StoredTensor> {
  const { files, scales = {} } = singleFileRuns[run] as SingleFileRun;
  const weights = referenceWeights(files[file] ?? {});
  for (const [name, scale] of Object.entries(scales)) {
    const { shape, values } = weights[name] as StoredTensor;
    weights[name] = { shape, values: values.map((value) => value * scale) };
  }
  return weights;
}

/** Writes the tokenizers that these models were recorded with, as Headroom's own are kept. */
export function writeTokenizers(folder: string): string {
  const starter = join(import.meta.dirname, '../../resources/models/starter/tokenizer');
  cpSync(starter, join(folder, 'clip-4096'), { recursive: true });
  const { words, text: _text, ...common } = readReferenceJson<Record<string, object>>('t5-tokenizer/vocabulary.json');
  mkdirSync(join(folder, 't5-204'));
  writeFileSync(join(folder, 't5-204/tokenizer.json'), JSON.stringify({ ...common, ...words }));
  return folder;
}
