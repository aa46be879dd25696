import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import { type StoredType, writeSafetensors } from './safetensors.ts';

/** What diffusers was asked to draw with a model in single files, in its words. */
export interface SingleFileRun {
  /** Names and shapes of tensors, by what the file is to Load Model: `model`, `vae` and so on. */
  readonly files: Readonly<Record<string, Record<string, number[]>>>;
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly guidance_scale: number;
  readonly num_inference_steps: number;
}

/** The runs of tests/reference/single-files by name. */
export const singleFileRuns = readReferenceJson<Record<string, SingleFileRun>>('single-files/single-files.json');

const outputs = readReferenceTensors('single-files/single-files.safetensors');

/** The decoded picture of a run, channels first, neither cut to -1…1 nor scaled. */
export function singleFileImage(name: string): Float32Array {
  return outputs.get(`${name}/image`) as Float32Array;
}

/** Writes one of a run's files. */
export function writeSingleFile(run: string, file: string, folder: string, dtype: StoredType = 'F32'): string {
  const weights = referenceWeights(singleFileRuns[run]?.files[file] ?? {});
  return writeSafetensors(join(folder, `${run}-${file}.safetensors`), weights, dtype);
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
