import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { JsonFile } from './json-file.ts';

export const zKnownPictures = z.array(z.string());

/** Far more than a person draws over; the oldest are forgotten. */
const MOST = 500;

/**
 * Picture files that documents have named on this computer. The workflow inside a picture names those by their names alone, so
 * that whoever gets the picture learns nothing of the folders of its maker; here they are found again.
 */
export class KnownPictures {
  private readonly file: Pick<JsonFile<string[]>, 'read' | 'write'>;
  /** The latest first. */
  private paths: string[] = [];

  constructor(file: Pick<JsonFile<string[]>, 'read' | 'write'>) {
    this.file = file;
  }

  /** @returns what was wrong with the file, in words for the person */
  async load(): Promise<string | null> {
    const { value, problem } = await this.file.read();
    this.paths = value ?? [];
    return problem;
  }

  note(picture: string): void {
    if (this.paths[0] === picture) return;
    this.paths = [picture, ...this.paths.filter((known) => known !== picture)].slice(0, MOST);
    // Without it a workflow is opened with a picture to be chosen again.
    this.file.write(this.paths).catch(() => {});
  }

  /**
   * Where a picture is that the workflow inside another one names.
   *
   * @param named its name, or its path below the folder of the other one; a whole path stays as it is
   * @param folder where the other one is; null where it is in no file
   */
  find(named: string, folder: string | null): string {
    const beside = folder === null ? named : path.resolve(folder, named);
    if (path.isAbsolute(named) || (folder !== null && isFile(beside))) return beside;
    const ending = path.sep + path.normalize(named);
    return this.paths.find((known) => known.endsWith(ending) && isFile(known)) ?? beside;
  }
}

function isFile(candidate: string): boolean {
  return statSync(candidate, { throwIfNoEntry: false })?.isFile() ?? false;
}
