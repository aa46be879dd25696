import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';

const DIGITS = 4;

/** What a file is called: `stem-0007-1f9c02ab31d4.png`. */
export interface FileName {
  readonly stem: string;
  /** null for the one after the highest that the folder has. */
  readonly number: number | null;
  /** Tells this file from every other: hexadecimal digits, and "-2" and so on. */
  readonly own: string;
  /** Such as ".png". */
  readonly extension: string;
}

/**
 * Writes a file that appears under its name whole or not at all. One of the same `own`, which an earlier attempt at the same
 * work has left, is replaced where it is; no other file ever is.
 *
 * @returns the file's path
 * @throws HeadroomError `file`, naming the folder and what to do
 */
export async function writeOwn(folder: string, name: FileName, bytes: Uint8Array): Promise<string> {
  const end = `-${name.own}${name.extension}`;
  // Not a random name: what is left of a write that was cut off goes with the next one.
  return inFolder(folder, `.headroom${end}.tmp`, async (temporary) => {
    await writeSynced(temporary, bytes);
    const names = await readdir(folder);
    const number = () => String(name.number ?? nextNumber(names, name)).padStart(DIGITS, '0');
    const path = join(folder, names.find((other) => other.endsWith(end)) ?? `${name.stem}-${number()}${end}`);
    await rename(temporary, path);
    return path;
  });
}

/**
 * Writes a file whose name tells its content apart: one that is there already is the same one.
 *
 * @returns the file's path
 * @throws HeadroomError `file`, naming the folder and what to do
 */
export async function writeOnce(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  if (await exists(path)) return path;
  return inFolder(folder, `.headroom-${randomUUID()}.tmp`, async (temporary) => {
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
    return path;
  });
}

/** Whether there is a file or folder of that path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs `write` with a temporary name in the folder, which is made if need be; the temporary file never stays. */
async function inFolder(
  folder: string,
  temporaryName: string,
  write: (temporary: string) => Promise<string>,
): Promise<string> {
  const temporary = join(folder, temporaryName);
  try {
    await mkdir(folder, { recursive: true });
    return await write(temporary);
  } catch (cause) {
    throw new HeadroomError('file', `The picture could not be saved in ${folder}: ${explain(cause)}`, { cause });
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function nextNumber(names: readonly string[], { stem, extension }: FileName): number {
  const numbers = names
    .filter((name) => name.startsWith(`${stem}-`) && name.endsWith(extension))
    .map((name) => NUMBERED.exec(name.slice(stem.length + 1, -extension.length))?.[1]);
  return numbers.reduce((highest, digits) => Math.max(highest, Number(digits ?? 0)), 0) + 1;
}

/** What follows the stem: a number, and what tells the file from others, which pictures of earlier versions do not have. */
const NUMBERED = /^(\d{1,9})(?:-[0-9a-f]{12}(?:-\d+)?)?$/;

function explain(cause: unknown): string {
  switch (errorCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'the disk is full, or over its quota. Free some space, or choose another folder, and run again.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Headroom may not write there. Choose another folder.';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'part of that path is a file, not a folder. Choose another folder.';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function errorCode(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
