import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import type { Dialect } from '../layers/dialect.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../schedulers/config.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import { overlaid, type StoredTensor, storedTensors } from '../weights/stored-tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import type { Adapter } from './adapters.ts';
import { configPath, pipelineClass, readModelJson, readModelText, weightFiles } from './diffusers-folder.ts';
import type { ComponentRecord, DenoiserCalls, Family, LatentFormat, PreviewFactors, TiledDecoder } from './family.ts';
import { defaultsWith } from './few-steps.ts';
import { families } from './index.ts';
import { readModelSettings } from './model-settings.ts';

/** A model that is complete on disk: what it is and where, nothing of it loaded. */
export interface Model {
  /** Unique in the library. */
  readonly id: string;
  readonly title: string;
  readonly folder: string;
  readonly family: Family;
  /** Data type of the denoiser's weights, such as `float16`. */
  readonly precision: string;
  /** Bytes of all weight files that are used. */
  readonly weightBytes: number;
  /** Changes whenever one of the model's files does. */
  readonly fingerprint: string;
  readonly latents: LatentFormat;
  readonly denoiserCalls: DenoiserCalls;
  readonly defaults: ModelDefaults;
  readonly schedulerConfig: SchedulerConfig;
  readonly preview: PreviewFactors;
  /** LoRAs, in the order in which they were added. */
  readonly adapters: readonly Adapter[];
}

/** What the model's makers recommend; sizes in pixels. */
export interface ModelDefaults {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly scheduler: SchedulerId;
}

/**
 * Reads what a diffusers folder says about its model: configs and weight headers.
 *
 * @throws HeadroomError `model` or `file`, saying what is missing, malformed or not supported
 */
export function openModel(folder: string, id: string): Model {
  const family = familyOf(folder);
  const settings = readModelSettings(folder);
  const { textEncoders, denoiser, vaeDecoder } = family;
  const components = [...textEncoders, denoiser, vaeDecoder];
  const configs = components.map((component) => configPath(folder, component));
  for (const path of configs) readModelJson(path);
  const [denoiserPath, vaePath] = [configPath(folder, denoiser), configPath(folder, vaeDecoder)];
  const denoiserConfig = readModelJson(denoiserPath);
  const weights = components.map((component) => weightFiles(folder, component));
  const tokenizerFiles = textEncoders.flatMap(({ tokenizer }) => filesIn(join(folder, tokenizer.folder)));
  const schedulerPath = join(folder, 'scheduler', 'scheduler_config.json');
  const schedulerConfig = parseSchedulerConfig(readModelText(schedulerPath), schedulerPath);
  const latents = family.latentFormat(readModelJson(vaePath), vaePath);
  const size = family.nativeSize(denoiserConfig) * latents.downscale;
  const defaults = defaultsWith(schedulerConfig, family);
  const files = [...new Set(weights.flat())];
  for (const file of files) readSafetensors(file);
  return {
    id,
    title: settings.title ?? basename(folder),
    folder,
    family,
    precision: precisionOf(weightFiles(folder, denoiser)),
    weightBytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
    fingerprint: fingerprint([...configs, ...tokenizerFiles, schedulerPath, ...files]),
    latents,
    denoiserCalls: denoiser.calls(denoiserConfig, denoiserPath),
    defaults: {
      width: size,
      height: size,
      steps: settings.steps ?? defaults.steps,
      guidanceScale: settings.guidance_scale ?? defaults.guidanceScale,
      scheduler: settings.scheduler ?? defaults.scheduler,
    },
    schedulerConfig,
    preview: settings.preview ?? family.preview,
    adapters: [],
  };
}

/** A component's tensors as the model's files have them. @throws HeadroomError `model` or `file` */
export function componentTensors(model: Model, component: ComponentRecord): readonly StoredTensor[] {
  return weightFiles(model.folder, component).flatMap(storedTensors);
}

/**
 * A component's graph, over the model's weight files as they are now.
 *
 * @param changed tensors in place of some of the files'
 * @throws HeadroomError `model` or `file`
 */
export function buildComponent(
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
  changed: readonly StoredTensor[] = [],
): OnnxModel {
  const path = configPath(model.folder, component);
  const weights = WeightView.of(overlaid(componentTensors(model, component), changed));
  return component.build(readModelJson(path), path, weights, dialect);
}

/**
 * What a component is computed in on a device.
 *
 * @throws HeadroomError `model` or `file`
 */
export function componentDialect(model: Model, component: ComponentRecord, device: Dialect): Dialect {
  if (!component.dialect) return device;
  const path = configPath(model.folder, component);
  return component.dialect(readModelJson(path), path, device);
}

/**
 * The parts of the model's decoder, for decoding tile by tile.
 *
 * @throws HeadroomError `model` or `file`
 */
export function tiledDecoder({ family, folder }: Model): TiledDecoder {
  const path = configPath(folder, family.vaeDecoder);
  return family.vaeDecoder.tiled(readModelJson(path), path);
}

const PRECISION_NAMES: Record<string, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

function familyOf(folder: string): Family {
  const name = pipelineClass(folder);
  const family = families.find(({ pipelineClasses, denoiser, matches }) => {
    if (!pipelineClasses.includes(name)) return false;
    return matches?.(readModelJson(configPath(folder, denoiser))) ?? true;
  });
  if (family) return family;
  const known = families.map(({ title }) => title).join(', ');
  throw new HeadroomError('model', `It was made for a ${name}, which Headroom does not know. It draws with ${known}.`);
}

function filesIn(folder: string): string[] {
  if (existsSync(folder)) return readdirSync(folder).map((name) => join(folder, name));
  throw new HeadroomError('model', `The tokenizer is missing: there is no folder ${folder}.`);
}

/** The type that most of the weights' bytes are in. */
function precisionOf(files: readonly string[]): string {
  const bytes = new Map<string, number>();
  for (const file of files) {
    for (const { dtype, length } of readSafetensors(file).entries.values()) {
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + length);
    }
  }
  const most = [...bytes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
  return PRECISION_NAMES[most] ?? most;
}

function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
