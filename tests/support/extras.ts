import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pixels } from '../../engine/images/picture.ts';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import type { ReferenceRun } from './pipelines.ts';
import { writeSafetensors } from './safetensors.ts';

interface ExtraFile {
  readonly tensors: Record<string, number[]>;
  readonly alphas?: Record<string, number>;
  /** Behind the names of tensors that weights are made from. */
  readonly suffix?: string;
  readonly config?: object;
}

/** A run with what is used in it. */
export interface ExtraRun extends ReferenceRun {
  readonly weight?: number;
  readonly controls?: readonly { strength: number; start: number; end: number }[];
}

const recorded = readReferenceJson<{
  files: Record<string, ExtraFile>;
  runs: Record<string, ExtraRun>;
}>('extras/extras.json.gz');
const outputs = readReferenceTensors('extras/extras.safetensors');

/** A run of tests/reference/extras: with something that a model is used with. */
export function extraRun(name: string): ExtraRun {
  const run = recorded.runs[name];
  if (!run) throw new Error(`tests/reference/extras has no run ${name}`);
  return run;
}

export function extraOutput(name: string): Float32Array {
  const output = outputs.get(name);
  if (!output) throw new Error(`tests/reference/extras has no ${name}`);
  return output;
}

/** Writes a file that a run was made with. @returns its path */
export function writeExtra(folder: string, name: string): string {
  const { tensors: shapes, alphas = {} } = recorded.files[name] as ExtraFile;
  const tensors = referenceWeights(shapes);
  for (const [alpha, value] of Object.entries(alphas)) tensors[alpha] = { shape: [], values: Float32Array.of(value) };
  return writeSafetensors(join(folder, `${name}.safetensors`), tensors, 'F32');
}

/** Writes a ControlNet of a run as diffusers would save it. @returns the path of its weights */
export function writeControlNet(folder: string, name: string): string {
  const { tensors: shapes, suffix = '', config } = recorded.files[name] as ExtraFile;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ _class_name: 'ControlNetModel', ...config }));
  const named = Object.entries(shapes).map(([tensor, shape]) => [tensor + suffix, shape]);
  const weights = Object.entries(referenceWeights(Object.fromEntries(named)));
  const tensors = weights.map(([tensor, weight]) => [tensor.slice(0, tensor.length - suffix.length), weight]);
  return writeSafetensors(join(folder, 'diffusion_pytorch_model.safetensors'), Object.fromEntries(tensors), 'F32');
}

/** record.py: guide_image */
export function guideImage(width: number, height: number, shift: number): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      rgb.set(
        [x * 4 + shift, y * 4, x + y + shift].map((value) => value % 256),
        (y * width + x) * 3,
      );
  }
  return { width, height, rgb };
}
