import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HeadroomError } from '../../contract/errors.ts';
import { exportedWeights } from '../../onnx/exported/exported-weights.ts';
import type { ComponentRecord } from '../family.ts';
import { readModelJson } from './model-files.ts';
import type { SourceNetwork } from './source.ts';

const MODEL = 'model.onnx';
/** What a diffusers folder keeps in one folder and an export in two. */
const DIVIDED: Readonly<Record<string, readonly string[]>> = { vae: ['vae_decoder', 'vae_encoder'] };
/** What pipelines that run exports are called: as the one that was exported, after this. */
const RUNTIME = /^(ORT|Onnx)(?=[A-Z])/;

/** Whether a folder with a `model_index.json` holds networks exported to ONNX, as Optimum does. */
export function isOnnxExport(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && existsSync(join(folder, entry.name, MODEL)),
  );
}

/** The pipeline that was exported, by the name of the one that runs the export. */
export function exportedPipeline(pipelineClass: string): string {
  return pipelineClass.replace(RUNTIME, '');
}

/**
 * A network of an export: of its graphs only the weights are used.
 *
 * @throws HeadroomError `model` or `file` if it is missing or its config cannot be read
 */
export function exportedNetwork(folder: string, { folder: inside, name }: ComponentRecord): SourceNetwork {
  const places = (DIVIDED[inside] ?? [inside]).map((place) => join(folder, place, MODEL));
  const models = places.filter((path) => existsSync(path));
  const [first] = models;
  if (first === undefined) {
    throw new HeadroomError(
      'model',
      `The ${name} is missing: there is no ${places[0]}. Export the model again, all of it.`,
    );
  }
  const configPath = join(dirname(first), 'config.json');
  const folders = models.map((path) => dirname(path));
  return {
    config: readModelJson(configPath),
    configPath,
    // Its data may be in any file beside it.
    files: folders.flatMap((path) => readdirSync(path).map((file) => join(path, file))),
    tensors: () => models.flatMap(exportedWeights),
  };
}
