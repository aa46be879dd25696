import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';
import type { Dialect } from '../layers/dialect.ts';
import { withEightBits } from '../layers/dialects/eight-bits.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import type { SchedulerConfig } from '../schedulers/config.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import { overlaid, type StoredTensor } from '../weights/stored-tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import type { Adapter } from './adapters.ts';
import type { Control } from './control-net.ts';
import type {
  ComponentRecord,
  DenoiserCalls,
  Family,
  LatentFormat,
  PreviewFactors,
  TiledDecoder,
  TiledEncoder,
} from './family.ts';
import { defaultsWith } from './few-steps.ts';
import { families } from './index.ts';
import type { ModelSource } from './sources/source.ts';

/** A model that is complete on disk: what it is and where, nothing of it loaded. */
export interface Model {
  /** Unique in the library. */
  readonly id: string;
  readonly title: string;
  /** Where its parts are. */
  readonly source: ModelSource;
  readonly family: Family;
  /** Data type of the denoiser's weights, such as `float16`. */
  readonly precision: string;
  /** Bytes of all weights that are used. */
  readonly weightBytes: number;
  /** Changes whenever one of the model's files does. */
  readonly fingerprint: string;
  readonly latents: LatentFormat;
  readonly denoiserCalls: DenoiserCalls;
  readonly defaults: ModelDefaults;
  readonly schedulerConfig: SchedulerConfig;
  readonly preview: PreviewFactors;
  readonly emptyNegative: Family['emptyNegative'];
  /** LoRAs, in the order in which they were added. */
  readonly adapters: readonly Adapter[];
  /** Whether large networks are turned into eight bits where the device keeps them so. */
  readonly isInEightBits: boolean;
  /** ControlNets, components of this model. */
  readonly controls: readonly Control[];
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
 * Reads what a source says about its model: configs and weight headers.
 *
 * @throws HeadroomError `model` or `file`, saying what is missing, malformed or not supported
 */
export function openModel(source: ModelSource, id: string): Model {
  const family = familyOf(source);
  const { settings } = source;
  const { textEncoders, denoiser, vaeDecoder } = family;
  const networks = [...textEncoders, denoiser, vaeDecoder].map((component) => source.network(component));
  const tokenizers = textEncoders.map((encoder) => source.tokenizer(encoder).folder);
  const scheduler = source.scheduler();
  const { config, configPath, ...weights } = source.network(denoiser);
  const latents = latentsOf(source, family);
  const size = family.nativeSize(config) * latents.downscale;
  const defaults = defaultsWith(scheduler.config, family);
  return {
    id,
    title: settings.title ?? source.name,
    source,
    family,
    precision: precisionOf(weights.tensors()),
    weightBytes: weightBytes(networks.flatMap((network) => network.tensors())),
    fingerprint: fingerprint([
      ...networks.flatMap(({ files }) => files),
      ...tokenizers.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))),
      ...scheduler.files,
    ]),
    latents,
    denoiserCalls: denoiser.calls(config, configPath),
    defaults: {
      width: size,
      height: size,
      steps: settings.steps ?? defaults.steps,
      guidanceScale: settings.guidance_scale ?? defaults.guidanceScale,
      scheduler: settings.scheduler ?? defaults.scheduler,
    },
    schedulerConfig: scheduler.config,
    preview: settings.preview ?? family.preview,
    emptyNegative: source.zeroEmptyNegative === false ? 'encoded' : family.emptyNegative,
    adapters: [],
    isInEightBits: false,
    controls: [],
  };
}

/** The same model with large networks in eight bits, where the device keeps them so. */
export function inEightBits(model: Model): Model {
  return { ...model, isInEightBits: true, fingerprint: `${model.fingerprint} in eight bits` };
}

/** The denoiser as the model uses it: guided, where it has ControlNets. */
export function denoiserOf({ family: { denoiser }, controls }: Model): ComponentRecord {
  return controls.length > 0 && denoiser.controlled ? denoiser.controlled.component : denoiser;
}

/** A component's tensors as the model's files have them. @throws HeadroomError `model` or `file` */
export function componentTensors(model: Model, component: ComponentRecord): readonly StoredTensor[] {
  return model.source.network(component).tensors();
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
  const { config, configPath, tensors } = model.source.network(component);
  return component.build(config, configPath, WeightView.of(overlaid(tensors(), changed)), dialect);
}

/**
 * What a component is computed in on a device.
 *
 * @throws HeadroomError `model` or `file`
 */
export function componentDialect(model: Model, component: ComponentRecord, device: Dialect): Dialect {
  const own = ownDialect(model, component, device);
  return model.isInEightBits && isLarge(model, component) ? withEightBits(own) : own;
}

function ownDialect({ source }: Model, component: ComponentRecord, device: Dialect): Dialect {
  if (!component.dialect) return device;
  const { config, configPath } = source.network(component);
  return component.dialect(config, configPath, device);
}

/** Text encoders below this, in bytes, are not worth rounding: all but T5-XXL. */
const SMALL_ENCODER = 3 * 2 ** 30;

/** Whether a network is what memory is short for: the denoiser, or the largest of text encoders. */
function isLarge({ family, source }: Model, { name }: ComponentRecord): boolean {
  if (name === family.denoiser.name) return true;
  const encoder = family.textEncoders.find((candidate) => candidate.name === name);
  return encoder !== undefined && weightBytes(source.network(encoder).tensors()) > SMALL_ENCODER;
}

/**
 * The parts of the model's decoder, for decoding tile by tile.
 *
 * @throws HeadroomError `model` or `file`
 */
export function tiledDecoder({ family, source }: Model): TiledDecoder {
  const { config, configPath } = source.network(family.vaeDecoder);
  return family.vaeDecoder.tiled(config, configPath);
}

/**
 * The parts of the model's encoder, for encoding tile by tile.
 *
 * @throws HeadroomError `model` or `file`
 */
export function tiledEncoder({ family, source }: Model): TiledEncoder {
  const { config, configPath } = source.network(family.vaeEncoder);
  return family.vaeEncoder.tiled(config, configPath);
}

/** The family that a source's model is of. @throws HeadroomError `model` */
export function familyOf(source: ModelSource): Family {
  const { pipelineClass, path } = source;
  const known = families.map(({ title }) => title).join(', ');
  if (pipelineClass === undefined) {
    throw new HeadroomError(
      'model',
      `${path} is a part of a model and cannot draw by itself. Headroom draws with ${known}.`,
    );
  }
  const family = families.find(({ pipelineClasses, denoiser, matches }) => {
    if (!pipelineClasses.includes(pipelineClass)) return false;
    return matches?.(source.network(denoiser).config) ?? true;
  });
  if (family) return family;
  throw new HeadroomError(
    'model',
    `It was made for a ${pipelineClass}, which Headroom does not know. It draws with ${known}.`,
  );
}

const zChannels = z.object({ in_channels: z.int().default(4), out_channels: z.int().nullish() });

/** @throws HeadroomError `model` for a VAE whose latents are not the denoiser's */
function latentsOf(source: ModelSource, { denoiser, vaeDecoder, latentFormat }: Family): LatentFormat {
  const { config, configPath } = source.network(vaeDecoder);
  const latents = latentFormat(config, configPath);
  const { in_channels: channelsIn = 4, out_channels: channelsOut } =
    zChannels.safeParse(source.network(denoiser).config).data ?? {};
  const channels = (channelsOut ?? channelsIn) / (latents.multiple / latents.downscale) ** 2;
  if (channels === latents.channels) return latents;
  throw new HeadroomError(
    'model',
    `The VAE of ${configPath} has latents of ${latents.channels} channels, those of the ${denoiser.name} have ${channels}: it belongs to another model.`,
    { place: { field: vaeDecoder.folder } },
  );
}

const PRECISION_NAMES: Record<string, string> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8',
  F8_E5M2: 'float8',
};

/** The type that most of the weights' bytes are in. */
export function precisionOf(tensors: readonly StoredTensor[]): string {
  const bytes = new Map<string, number>();
  for (const { dtype, length } of tensors) bytes.set(dtype, (bytes.get(dtype) ?? 0) + length);
  const most = [...bytes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
  return PRECISION_NAMES[most] ?? most;
}

/** Tensors of two networks may be the same, as the VAE's encoder and decoder are of one file. */
function weightBytes(tensors: readonly StoredTensor[]): number {
  const ranges = new Map(tensors.map(({ path, offset, length }) => [`${path}\0${offset}`, length]));
  return [...ranges.values()].reduce((sum, length) => sum + length, 0);
}

function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
