import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';
import type { ComponentRecord } from './family.ts';

const zModelIndex = z.looseObject({ _class_name: z.string() });
const zShardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The text of one of a model's files.
 *
 * @throws HeadroomError `model`, naming the file, if it is missing; `file` if it cannot be read
 */
export function readModelText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) {
      throw new HeadroomError('model', `${path} is missing: the model is incomplete. Download it again, all of it.`);
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('file', `${path} cannot be read: ${reason}`, { cause });
  }
}

/**
 * A JSON file of a model.
 *
 * @throws HeadroomError `model` or `file`, naming the file, if it is missing or malformed
 */
export function readModelJson(path: string): unknown {
  const text = readModelText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('model', `${path} is not valid JSON: ${reason}`, { cause });
  }
}

/** Which pipeline a diffusers folder was made for. @throws HeadroomError `model` */
export function pipelineClass(folder: string): string {
  const path = join(folder, 'model_index.json');
  const parsed = zModelIndex.safeParse(readModelJson(path));
  if (!parsed.success) throw new HeadroomError('model', `${path} does not say which pipeline the model is for.`);
  return parsed.data._class_name;
}

/** The path of a component's config. */
export function configPath(folder: string, component: ComponentRecord): string {
  return join(folder, component.folder, 'config.json');
}

/**
 * The safetensors files that hold a component's weights: one, or the shards that its index names. Files of full
 * precision come before those of a named one (`.fp16`).
 *
 * @throws HeadroomError `model`, saying which file is missing, or that there are weights only in formats that run code
 */
export function weightFiles(folder: string, component: ComponentRecord): string[] {
  const inside = join(folder, component.folder);
  for (const precision of ['', '.fp16', '.bf16']) {
    const single = join(inside, `${component.weightsName}${precision}.safetensors`);
    if (existsSync(single)) return [single];
    const index = join(inside, `${component.weightsName}.safetensors.index${precision}.json`);
    if (existsSync(index)) return shards(inside, index);
  }
  throw new HeadroomError('model', missingWeights(inside, component));
}

function shards(folder: string, indexPath: string): string[] {
  const parsed = zShardIndex.safeParse(readModelJson(indexPath));
  if (!parsed.success) throw new HeadroomError('model', `${indexPath} is malformed: it has no table of weights.`);
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  return names.map((name) => {
    const path = join(folder, name);
    if (!existsSync(path)) {
      throw new HeadroomError('model', `${path} is missing: the model is incomplete. Download it again, all of it.`);
    }
    return path;
  });
}

function missingWeights(folder: string, { name, weightsName }: ComponentRecord): string {
  if (!existsSync(folder)) {
    return `The ${name} is missing: there is no folder ${folder}. Download the model again, all of it.`;
  }
  const files = readdirSync(folder);
  const pickles = files.find((file) => /\.(bin|ckpt|pt|pth)$/.test(file));
  if (pickles) {
    return `The ${name} has its weights only as ${pickles}, a format that can run code. Download the model's safetensors files.`;
  }
  if (files.some((file) => file.endsWith('.onnx'))) {
    return `The ${name} is an ONNX export, which Headroom does not read yet. Download the model's safetensors files.`;
  }
  return `The ${name} is missing: there is no ${weightsName}.safetensors in ${folder}. Download the model again, all of it.`;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
