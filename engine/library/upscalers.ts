import { statSync } from 'node:fs';
import { asHeadroomError, HeadroomError } from '../contract/errors.ts';
import type { ModelSummary } from '../contract/models.ts';
import { openUpscaler, type Upscaler } from '../families/upscaler.ts';
import { isRrdbNet } from '../models/rrdbnet/layout.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import { findModels } from './model-folders.ts';

interface FoundUpscaler {
  readonly id: string;
  readonly path: string;
}

/** The upscalers in some folders of models, most important first, each with an id of its own. */
function findUpscalers(folders: readonly string[]): FoundUpscaler[] {
  const counts = new Map<string, number>();
  const files = new Map(folders.flatMap(findModels).map((found) => [found.path, found]));
  return [...files.values()].flatMap(({ kind, path, name }) => {
    if (kind !== 'file' || !isUpscaler(path)) return [];
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [{ id: count === 1 ? name : `${name} (${count})`, path }];
  });
}

/** Whether a weight file is an upscaler, by its tensors' names. What cannot be read is none. */
export function isUpscaler(path: string): boolean {
  if (!path.endsWith('.safetensors')) return false;
  try {
    return isRrdbNet(readSafetensors(path).entries.keys());
  } catch {
    return false;
  }
}

/** Every upscaler that was found, usable or with the reason why not. */
export function listUpscalers(folders: readonly string[]): ModelSummary[] {
  return findUpscalers(folders).map(({ id, path }) => {
    const summary = { kind: 'upscaler', id, title: id, path, family: null, precision: null, defaults: null } as const;
    try {
      const { scale, bytes } = openUpscaler(path, id);
      return { ...summary, familyTitle: `Upscaler × ${scale}`, bytes, usable: true, problem: null };
    } catch (thrown) {
      const problem = asHeadroomError(thrown).message;
      return { ...summary, familyTitle: 'Upscaler', bytes: statSync(path).size, usable: false, problem };
    }
  });
}

/** @throws HeadroomError `input` if there is no such upscaler, naming those there are; `model` or `file` if it is not usable */
export function findUpscaler(folders: readonly string[], id: string): Upscaler {
  const found = findUpscalers(folders);
  const own = found.find((candidate) => candidate.id === id);
  if (own) return openUpscaler(own.path, own.id);
  const known = found.map((candidate) => candidate.id).join(', ') || 'none';
  throw new HeadroomError(
    'input',
    `There is no upscaler "${id}" in ${folders.join(', ') || 'no folder at all'}. Upscalers found: ${known}. Put ESRGAN files (.safetensors) into a models folder.`,
    { place: { field: 'upscaler' } },
  );
}
