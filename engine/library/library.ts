import { statSync } from 'node:fs';
import { asHeadroomError, HeadroomError } from '../contract/errors.ts';
import type { ModelSummary } from '../contract/models.ts';
import { type Model, openModel } from '../families/model.ts';
import type { Upscaler } from '../families/upscaler.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import { type FoundModel, findModels } from './model-folders.ts';
import { findUpscaler, listUpscalers } from './upscalers.ts';

interface LibraryEntry extends FoundModel {
  readonly id: string;
}

/** The models in some folders. Nothing is remembered: files may come and go at any time. */
export class ModelLibrary {
  readonly #folders: readonly string[];

  /** @param folders most important first: of two models with one name, the first keeps it */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Every model that was found, usable or with the reason why not. */
  list(): ModelSummary[] {
    return [...this.#entries().flatMap((entry) => summary(entry) ?? []), ...listUpscalers(this.#folders)];
  }

  /** @throws HeadroomError `input` if there is no such model, naming those there are; `model` or `file` if it is not usable */
  find(id: string): Model {
    const entry = this.#entries().find((candidate) => candidate.id === id);
    if (entry) return open(entry);
    const usable = this.list().filter(({ usable, kind }) => usable && kind === 'model');
    const known = usable.map(({ id: other }) => other).join(', ') || 'none';
    const where = this.#folders.join(', ') || 'no folder at all';
    throw new HeadroomError('input', `There is no model "${id}" in ${where}. Models found: ${known}.`, {
      place: { field: 'model' },
    });
  }

  /** @throws HeadroomError as `find` does */
  upscaler(id: string): Upscaler {
    return findUpscaler(this.#folders, id);
  }

  #entries(): LibraryEntry[] {
    const counts = new Map<string, number>();
    const paths = new Set<string>();
    return this.#folders.flatMap(findModels).flatMap((found) => {
      if (paths.has(found.path)) return [];
      paths.add(found.path);
      const count = (counts.get(found.name) ?? 0) + 1;
      counts.set(found.name, count);
      return [{ ...found, id: count === 1 ? found.name : `${found.name} (${count})` }];
    });
  }
}

function open({ kind, path, id }: LibraryEntry): Model {
  if (kind === 'folder') return openModel(path, id);
  throw new HeadroomError('model', singleFileProblem(path));
}

/** Null for a weight file that is no model by itself, such as a LoRA. */
function summary(entry: LibraryEntry): ModelSummary | null {
  const { id, path, kind } = entry;
  const unusable = (problem: string): ModelSummary => ({
    kind: 'model',
    id,
    title: entry.name,
    path,
    family: null,
    familyTitle: null,
    precision: null,
    bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    usable: false,
    problem,
    defaults: null,
  });
  try {
    if (kind === 'file') return isCheckpoint(path) ? unusable(singleFileProblem(path)) : null;
    const { title, family, precision, weightBytes, defaults } = openModel(path, id);
    const { width, height, steps, guidanceScale, scheduler } = defaults;
    return {
      kind: 'model',
      id,
      title,
      path,
      family: family.id,
      familyTitle: family.title,
      precision,
      bytes: weightBytes,
      usable: true,
      problem: null,
      defaults: { width, height, steps, guidance_scale: guidanceScale, scheduler },
    };
  } catch (thrown) {
    return { ...unusable(asHeadroomError(thrown).message), ...(kind === 'folder' ? { bytes: 0 } : {}) };
  }
}

/** Whether a weight file holds a whole model: by its tensors' names, or because a pickle does not tell. */
function isCheckpoint(path: string): boolean {
  if (!path.endsWith('.safetensors')) return path.endsWith('.ckpt');
  const names = [...readSafetensors(path).entries.keys()];
  return names.some((name) => name.startsWith('model.diffusion_model.') || name.startsWith('double_blocks.'));
}

function singleFileProblem(path: string): string {
  return path.endsWith('.safetensors')
    ? 'Single-file checkpoints cannot be used yet. Download the same model as a diffusers folder.'
    : 'A .ckpt file can run code when it is opened, so Headroom does not. Download the model as a diffusers folder with safetensors files.';
}
