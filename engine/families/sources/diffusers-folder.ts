import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../../contract/errors.ts';
import { parseSchedulerConfig } from '../../schedulers/config.ts';
import { storedTensors } from '../../weights/stored-tensor.ts';
import type { ComponentRecord } from '../family.ts';
import { readModelJson, readModelText } from './model-files.ts';
import { readModelSettings } from './model-settings.ts';
import { exportedNetwork, exportedPipeline, isOnnxExport } from './onnx-export.ts';
import type { LatentScaling, ModelSource } from './source.ts';

const zModelIndex = z.object({
  _class_name: z.string(),
  force_zeros_for_empty_prompt: z.boolean().nullish().catch(null),
});
const zShardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });
const zScaling = z.object({ scaling_factor: z.unknown(), shift_factor: z.unknown() }).partial();

/**
 * A model as diffusers saves it: a folder with one folder for each part. A network without safetensors may be an export to
 * ONNX, as Optimum makes them.
 *
 * @throws HeadroomError `model` or `file` if what the folder says of itself is missing or malformed
 */
export function diffusersFolder(folder: string): ModelSource {
  const inside = (component: ComponentRecord) => join(folder, component.folder);
  const index = modelIndex(folder);
  return {
    path: folder,
    name: basename(folder),
    settings: readModelSettings(folder),
    pipelineClass: exportedPipeline(index._class_name),
    zeroEmptyNegative: index.force_zeros_for_empty_prompt ?? undefined,
    get latentScaling() {
      return latentScaling(folder);
    },
    // Meant to be whole: what it lacks is told by name.
    has: () => true,
    network(component) {
      const found = weightFiles(inside(component), component);
      if (!found && isOnnxExport(folder)) return exportedNetwork(folder, component);
      const configPath = join(inside(component), 'config.json');
      const config = readModelJson(configPath);
      const weights = found ?? missingWeights(inside(component), component);
      return {
        config,
        configPath,
        files: [configPath, ...weights],
        tensors: () => weights.flatMap(storedTensors),
      };
    },
    tokenizer({ tokenizer }) {
      const path = join(folder, tokenizer.folder);
      if (existsSync(path)) return { folder: path };
      throw new HeadroomError('model', `The tokenizer is missing: there is no folder ${path}.`);
    },
    scheduler() {
      const path = join(folder, 'scheduler', 'scheduler_config.json');
      return { config: parseSchedulerConfig(readModelText(path), path), files: [path] };
    },
  };
}

function latentScaling(folder: string): LatentScaling {
  const paths = ['vae', 'vae_decoder'].map((vae) => join(folder, vae, 'config.json'));
  const path = paths.find((candidate) => existsSync(candidate));
  return path ? (zScaling.safeParse(readModelJson(path)).data ?? {}) : {};
}

/** What a diffusers folder says of its pipeline. @throws HeadroomError `model` */
function modelIndex(folder: string): z.infer<typeof zModelIndex> {
  const path = join(folder, 'model_index.json');
  const parsed = zModelIndex.safeParse(readModelJson(path));
  if (!parsed.success) throw new HeadroomError('model', `${path} does not say which pipeline the model is for.`);
  return parsed.data;
}

/**
 * The safetensors files that hold a component's weights: one, or the shards that its index names. Files of full
 * precision come before those of a named one (`.fp16`). Undefined if there are none.
 *
 * @throws HeadroomError `model`, saying which shard is missing
 */
function weightFiles(inside: string, component: ComponentRecord): string[] | undefined {
  for (const precision of ['', '.fp16', '.bf16']) {
    const single = join(inside, `${component.weightsName}${precision}.safetensors`);
    if (existsSync(single)) return [single];
    const index = join(inside, `${component.weightsName}.safetensors.index${precision}.json`);
    if (existsSync(index)) return shards(inside, index);
  }
  return undefined;
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

/** @throws HeadroomError `model`: that there are no weights, or only in formats that run code */
function missingWeights(folder: string, component: ComponentRecord): never {
  throw new HeadroomError('model', whatIsMissing(folder, component));
}

function whatIsMissing(folder: string, { name, weightsName }: ComponentRecord): string {
  if (!existsSync(folder)) {
    return `The ${name} is missing: there is no folder ${folder}. Download the model again, all of it.`;
  }
  const files = readdirSync(folder);
  const pickles = files.find((file) => /\.(bin|ckpt|pt|pth)$/.test(file));
  if (pickles) {
    return `The ${name} has its weights only as ${pickles}, a format that can run code. Download the model's safetensors files.`;
  }
  return `The ${name} is missing: there is no ${weightsName}.safetensors in ${folder}. Download the model again, all of it.`;
}
