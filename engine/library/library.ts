import { setImmediate } from 'node:timers/promises';
import { HeadroomError } from '../contract/errors.ts';
import { MODEL_KIND_TITLES, type ModelKind, type ModelSummary } from '../contract/models.ts';
import { type Model, openModel } from '../families/model.ts';
import { openSource } from '../families/sources/open-source.ts';
import type { ModelSource } from '../families/sources/source.ts';
import { withParts } from '../families/sources/with-parts.ts';
import { openUpscaler, type Upscaler } from '../families/upscaler.ts';
import { type FoundModel, findModels } from './model-folders.ts';
import { type Finding, findingOf } from './summary.ts';

interface LibraryEntry extends FoundModel {
  readonly id: string;
}

/**
 * The models in some folders, and what belongs to models. Files may come and go at any time: each look is a new one, but
 * what has not changed since the last is not read again.
 */
export class ModelLibrary {
  readonly #folders: readonly string[];
  readonly #tokenizers: string;
  /** By path, with what it was when it was read. */
  readonly #findings = new Map<string, { stamp: string; finding: Finding }>();

  /**
   * @param folders most important first: of two models with one name, the first keeps it
   * @param tokenizers the folder of the tokenizers that ship with Headroom
   */
  constructor(folders: readonly string[], tokenizers: string) {
    this.#folders = folders;
    this.#tokenizers = tokenizers;
  }

  /** Everything that was found, usable or with the reason why not. Lets other work go on between files that it reads. */
  async list(): Promise<ModelSummary[]> {
    const entries = this.#entries();
    const summaries: ModelSummary[] = [];
    for (const entry of entries) summaries.push({ id: entry.id, ...(await this.#finding(entry)) });
    const paths = new Set(entries.map(({ path }) => path));
    for (const path of this.#findings.keys()) if (!paths.has(path)) this.#findings.delete(path);
    return summaries;
  }

  /**
   * @param parts ids of parts that it takes from elsewhere, by the folder that diffusers keeps such a part in
   * @throws HeadroomError `input` if there is no such model, naming those there are; `model` or `file` if it is not usable
   */
  async find(id: string, parts: Readonly<Record<string, string>> = {}): Promise<Model> {
    const source = await this.#source(id, 'model', 'model');
    const chosen = new Map<string, ModelSource>();
    for (const [field, part] of Object.entries(parts)) {
      chosen.set(field, await this.#source(part, field === 'vae' ? 'vae' : 'text_encoder', field));
    }
    return openModel(chosen.size > 0 ? withParts(source, chosen) : source, id);
  }

  /**
   * Where something is that is used with a model.
   *
   * @param field the input that names it, for errors
   * @throws HeadroomError `input` if there is none, naming those there are
   */
  async locate(id: string, kind: ModelKind, field: string): Promise<string> {
    const entry = this.#entries().find((candidate) => candidate.id === id);
    if (entry) return entry.path;
    const all = await this.list();
    const known = all.filter((found) => found.kind === kind && found.usable).map(({ id: other }) => other);
    const where = this.#folders.join(', ') || 'no folder at all';
    const title = MODEL_KIND_TITLES[kind];
    throw new HeadroomError(
      'input',
      `There is no ${title} "${id}" in ${where}. ${capitalized(title)}s found: ${known.join(', ') || 'none'}.`,
      { place: { field } },
    );
  }

  async #source(id: string, kind: ModelKind, field: string): Promise<ModelSource> {
    return openSource(await this.locate(id, kind, field), this.#tokenizers);
  }

  async #finding(entry: LibraryEntry): Promise<Finding> {
    const known = this.#findings.get(entry.path);
    if (known?.stamp === entry.stamp) return known.finding;
    await setImmediate();
    const finding = findingOf(entry, this.#tokenizers);
    this.#findings.set(entry.path, { stamp: entry.stamp, finding });
    return finding;
  }

  /**
   * Where a textual inversion is, by its name in any case; undefined if there is none. One that is a pickle is found as
   * well, for whoever opens it to say what to do.
   */
  async embeddingPath(name: string): Promise<string | undefined> {
    const wanted = name.toLowerCase();
    const named = (await this.list()).filter(({ id }) => id.toLowerCase() === wanted);
    return named.find(({ kind, path }) => kind === 'embedding' || /\.(pt|bin)$/i.test(path))?.path;
  }

  /** @throws HeadroomError as `find` does */
  async upscaler(id: string): Promise<Upscaler> {
    return openUpscaler(await this.locate(id, 'upscaler', 'upscaler'), id);
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

function capitalized(words: string): string {
  return words[0]?.toUpperCase() + words.slice(1);
}
