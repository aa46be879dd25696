import { asHeadroomError } from '../contract/errors.ts';
import type { ModelKind, ModelSummary } from '../contract/models.ts';
import type { Family } from '../families/family.ts';
import { families } from '../families/index.ts';
import { familyOf, openModel, precisionOf } from '../families/model.ts';
import { openSource } from '../families/sources/open-source.ts';
import type { ModelSource } from '../families/sources/source.ts';
import { openUpscaler } from '../families/upscaler.ts';
import { isRrdbNet } from '../models/rrdbnet/layout.ts';
import { otherFile } from '../weights/layouts/other-files.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import type { FoundModel } from './model-folders.ts';

/** What is said of something that was found, whatever its id. */
export type Finding = Omit<ModelSummary, 'id'>;

/** What something in a models folder is, and whether it can be used. Never throws. @param tokenizers as `openSource` takes it */
export function findingOf(found: FoundModel, tokenizers: string): Finding {
  const { path, name, bytes } = found;
  const nothing: Finding = {
    kind: 'model',
    title: name,
    path,
    family: null,
    familyTitle: null,
    precision: null,
    bytes,
    usable: false,
    needs: [],
    problem: null,
    defaults: null,
  };
  try {
    const kind = found.kind === 'folder' ? undefined : kindByNames(path);
    if (kind === 'upscaler') return findingOfUpscaler({ ...nothing, kind });
    if (kind) return { ...nothing, kind, usable: true };
    const source = openSource(path, tokenizers);
    if (source.pipelineClass !== undefined) return { ...nothing, ...findingOfModel(source) };
    const isVae = families.some(({ vaeDecoder }) => source.has(vaeDecoder));
    return { ...nothing, kind: isVae ? 'vae' : 'text_encoder', usable: true };
  } catch (thrown) {
    return { ...nothing, problem: asHeadroomError(thrown).message };
  }
}

/** What a weight file is where it is no model and no part of one, from its tensors' names. @throws HeadroomError `file` */
function kindByNames(path: string): ModelKind | undefined {
  if (!path.endsWith('.safetensors')) return undefined;
  const names = [...readSafetensors(path).entries.keys()];
  if (isRrdbNet(names)) return 'upscaler';
  const other = otherFile(names);
  return other && other.kind !== 'unknown' ? other.kind : undefined;
}

function findingOfUpscaler(finding: Finding): Finding {
  try {
    return { ...finding, familyTitle: `Upscaler × ${openUpscaler(finding.path, '').scale}`, usable: true };
  } catch (thrown) {
    return { ...finding, problem: asHeadroomError(thrown).message };
  }
}

/** As Load Model calls the inputs in which they are chosen. */
const PART_TITLES: Readonly<Record<string, string>> = {
  vae: 'VAE',
  text_encoder: 'text encoder',
  text_encoder_2: 'second text encoder',
};

function findingOfModel(source: ModelSource): Partial<Finding> {
  const family = familyOf(source);
  const known = { family: family.id, familyTitle: family.title };
  const needs = missingParts(source, family);
  if (needs.length > 0) {
    const words = needs.map((part) => PART_TITLES[part] ?? part).join(', ');
    const problem = `It comes without ${words}. In Load Model, choose ${needs.length === 1 ? 'one' : 'them'} under More.`;
    return { ...known, precision: precisionOf(source.network(family.denoiser).tensors()), needs, problem };
  }
  const { title, precision, weightBytes, defaults } = openModel(source, '');
  const { width, height, steps, guidanceScale, scheduler } = defaults;
  return {
    ...known,
    title,
    precision,
    bytes: weightBytes,
    usable: true,
    defaults: { width, height, steps, guidance_scale: guidanceScale, scheduler },
  };
}

function missingParts(source: ModelSource, { textEncoders, vaeDecoder }: Family): string[] {
  return [...textEncoders, vaeDecoder].filter((part) => !source.has(part)).map(({ folder }) => folder);
}
