import { join } from 'node:path';
import type { Model } from '../../engine/families/model.ts';
import { NO_WISHES } from '../../engine/pipelines/memory-wishes.ts';
import type { TextToImageRequest } from '../../engine/pipelines/text-to-image.ts';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import type { ReferenceRun } from './pipelines.ts';
import { writeSafetensors } from './safetensors.ts';

interface ExtraFile {
  readonly tensors: Record<string, number[]>;
  readonly alphas?: Record<string, number>;
}

const recorded = readReferenceJson<{
  files: Record<string, ExtraFile>;
  runs: Record<string, ReferenceRun & { weight?: number }>;
}>('extras/extras.json');
const outputs = readReferenceTensors('extras/extras.safetensors');

/** A run of tests/reference/extras: with something that a model is used with. */
export function extraRun(name: string): ReferenceRun & { weight?: number } {
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

/** What Headroom is asked to draw for a run. */
export function requestOf(model: Model, run: ReferenceRun): TextToImageRequest {
  return {
    model,
    prompt: run.prompt,
    negativePrompt: run.negative_prompt ?? '',
    width: run.width,
    height: run.height,
    steps: run.num_inference_steps,
    guidanceScale: run.guidance_scale,
    scheduler: model.defaults.scheduler,
    seed: run.seed,
    count: 1,
    memory: NO_WISHES,
  };
}
