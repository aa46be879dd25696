import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';

/**
 * The folder of what ships with Headroom. Where that is depends on how the program was started: `HEADROOM_RESOURCES` says
 * it, the packaged app knows it, and in a checkout it is beside the program.
 *
 * @throws HeadroomError `file` if it is nowhere
 */
export function resourcesFolder(): string {
  const packaged = (process as { resourcesPath?: string }).resourcesPath;
  const candidates = [process.env.HEADROOM_RESOURCES, packaged, ...besideProgram()];
  const found = candidates.find((folder) => folder && existsSync(join(folder, 'models')));
  if (found) return found;
  throw new HeadroomError(
    'file',
    'The files that belong to Headroom were not found. Set HEADROOM_RESOURCES to the folder that holds "models".',
  );
}

/** The folders to search for models: those given, those of the environment, the bundled ones. @throws HeadroomError `input` */
export function modelFolders(given: readonly string[]): string[] {
  const missing = given.find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new HeadroomError('input', `--models: there is no folder ${missing}.`);
  const environment = (process.env.HEADROOM_MODELS ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...given, ...environment].map((folder) => resolve(folder)).concat(join(resourcesFolder(), 'models'));
}

/** The tokenizers that ship with Headroom. @throws HeadroomError `file` */
export function tokenizersFolder(): string {
  return join(resourcesFolder(), 'tokenizers');
}

/** `resources` in each folder above the program's file. */
function besideProgram(): string[] {
  const program = process.argv[1];
  if (program === undefined || !existsSync(program)) return [];
  const folders: string[] = [];
  for (let folder = dirname(realpathSync(program)); ; folder = dirname(folder)) {
    folders.push(join(folder, 'resources'));
    if (dirname(folder) === folder) return folders;
  }
}
