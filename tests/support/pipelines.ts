import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../engine/families/model.ts';
import { NO_WISHES } from '../../engine/pipelines/memory-wishes.ts';
import type { TextToImageRequest } from '../../engine/pipelines/text-to-image.ts';
import { modelAt } from './engine.ts';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from './safetensors.ts';

type TokenizerKind = 'clip' | 'clip_exclamation' | 't5';

/** A small network: its config, and the shapes of its tensors. */
export interface RecordedNetwork {
  readonly config: object;
  readonly tensors: Record<string, number[]>;
  readonly scales?: Record<string, number>;
}

interface Pipeline {
  /** Its `model_index.json`. */
  readonly index: object;
  /** Which component is in which folder. */
  readonly components: Readonly<Record<string, string>>;
  readonly tokenizers: Readonly<Record<string, TokenizerKind>>;
  readonly scheduler: object;
}

/** What diffusers was asked to draw, in its words. */
export interface ReferenceRun {
  readonly pipeline: string;
  readonly seed: number;
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly width: number;
  readonly height: number;
  readonly guidance_scale: number;
  readonly num_inference_steps: number;
}

const recorded = readReferenceJson<{
  components: Record<string, RecordedNetwork>;
  pipelines: Record<string, Pipeline>;
  runs: Record<string, ReferenceRun>;
}>('pipelines/pipelines.json.gz');
const outputs = readReferenceTensors('pipelines/pipelines.safetensors');

/** The runs of tests/reference/pipelines by name. */
export const referenceRuns: Readonly<Record<string, ReferenceRun>> = recorded.runs;

/** What Headroom is asked to draw for a run. */
export function requestOf(model: Model, run: Omit<ReferenceRun, 'pipeline'>): TextToImageRequest {
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

/** What diffusers computed on the way, such as `sd15/latents`. */
export function referenceOutput(name: string): Float32Array {
  const output = outputs.get(name);
  if (!output) throw new Error(`tests/reference/pipelines has no ${name}`);
  return output;
}

/** A pipeline of tests/reference/pipelines: its networks and tokenizers by their folders. */
export function recordedPipeline(name: string): Pick<Pipeline, 'components' | 'tokenizers'> {
  return recorded.pipelines[name] as Pipeline;
}

/** The small pipelines as models in a temporary folder, each written when it is first asked for. */
export class ReferenceModels {
  readonly #folder = mkdtempSync(join(tmpdir(), 'headroom-pipelines-'));
  readonly #models = new Map<string, Model>();

  open(name: string): Model {
    const model = this.#models.get(name) ?? modelAt(writePipeline(name, join(this.#folder, name)), name);
    this.#models.set(name, model);
    return model;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Writes a small pipeline of tests/reference/pipelines as a diffusers folder, which is made. */
export function writePipeline(name: string, folder: string, dtype: StoredType = 'F32'): string {
  const { index, components, tokenizers, scheduler } = recorded.pipelines[name] as Pipeline;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model_index.json'), JSON.stringify(index));
  for (const [inside, component] of Object.entries(components)) {
    writeNetwork(recorded.components[component] as RecordedNetwork, join(folder, inside), dtype);
  }
  for (const [inside, kind] of Object.entries(tokenizers)) writeTokenizer(kind, join(folder, inside));
  mkdirSync(join(folder, 'scheduler'), { recursive: true });
  writeFileSync(join(folder, 'scheduler/scheduler_config.json'), JSON.stringify(scheduler));
  return folder;
}

/** The same as diffusers saves it with `variant='fp16'`, with the UNet in two shards. */
export function writeShardedVariant(name: string, folder: string): string {
  writePipeline(name, folder, 'F16');
  const unet = join(folder, 'unet');
  const weights = Object.entries(recordedWeights(recordedPipeline(name).components.unet as string));
  const place: Record<string, string> = {};
  for (const index of [0, 1]) {
    const shard = weights.filter((_, at) => at % 2 === index);
    const file = `diffusion_pytorch_model.fp16-0000${index + 1}-of-00002.safetensors`;
    writeSafetensors(join(unet, file), Object.fromEntries(shard), 'F16');
    for (const [tensor] of shard) place[tensor] = file;
  }
  writeFileSync(
    join(unet, 'diffusion_pytorch_model.safetensors.index.fp16.json'),
    JSON.stringify({ weight_map: place }),
  );
  rmSync(join(unet, 'diffusion_pytorch_model.safetensors'));
  for (const path of ['vae/diffusion_pytorch_model', 'text_encoder/model']) {
    renameSync(join(folder, `${path}.safetensors`), join(folder, `${path}.fp16.safetensors`));
  }
  return folder;
}

/** The numbers of a network of tests/reference/pipelines. */
export function recordedWeights(component: string): Record<string, StoredTensor> {
  return weightsOf(recorded.components[component] as RecordedNetwork);
}

function weightsOf({ tensors, scales = {} }: RecordedNetwork): Record<string, StoredTensor> {
  const weights = referenceWeights(tensors);
  for (const [tensor, scale] of Object.entries(scales)) {
    const { shape, values } = weights[tensor] as StoredTensor;
    weights[tensor] = { shape, values: values.map((value) => value * scale) };
  }
  return weights;
}

/** Writes a network into a folder of a diffusers folder, in the place of one that is there. */
export function writeNetwork(network: RecordedNetwork, folder: string, dtype: StoredType = 'F32'): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(network.config));
  const fileName = folder.includes('text_encoder') ? 'model' : 'diffusion_pytorch_model';
  writeSafetensors(join(folder, `${fileName}.safetensors`), weightsOf(network), dtype);
}

/** Writes a tokenizer folder, which is made. */
export function writeTokenizer(kind: TokenizerKind, folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (kind === 't5') {
    const { words, text: _text, ...common } = readReferenceJson<Record<string, object>>('t5-tokenizer/vocabulary.json');
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...common, ...words }));
    return;
  }
  cpSync(join(import.meta.dirname, '../../resources/models/starter/tokenizer'), folder, { recursive: true });
  if (kind === 'clip_exclamation') {
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ model_max_length: 77, pad_token: '!' }));
  }
}
