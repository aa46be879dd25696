import { randomUUID } from 'node:crypto';
import { access, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';

const DIGITS = 4;

/**
 * Writes a file as `stem-0001.png`, or the number after the highest that the folder has. It appears under that name whole
 * or not at all, and no file is ever replaced, also if two programs save at once.
 *
 * @param extension such as ".png"
 * @returns the file's path
 * @throws HeadroomError `file`, naming the folder and what to do
 */
export async function writeNumbered(
  folder: string,
  stem: string,
  extension: string,
  bytes: Uint8Array,
): Promise<string> {
  return inFolder(folder, randomName(), async (temporary) => {
    await writeSynced(temporary, bytes);
    for (let number = await nextNumber(folder, stem, extension); ; number += 1) {
      const path = join(folder, `${stem}-${String(number).padStart(DIGITS, '0')}${extension}`);
      if (await claim(temporary, path)) return path;
    }
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
  return inFolder(folder, randomName(), async (temporary) => {
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
    return path;
  });
}

/**
 * Writes a file under a name that nothing but this content has, in the place of one that was written before.
 *
 * @returns the file's path
 * @throws HeadroomError `file`, naming the folder and what to do
 */
export async function writeReplacing(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  // Not a random name: what is left of a write that was cut off goes with the next one.
  return inFolder(folder, `.${name}.tmp`, async (temporary) => {
    const path = join(folder, name);
    await writeSynced(temporary, bytes, 'w');
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

const randomName = () => `.headroom-${randomUUID()}.tmp`;

async function writeSynced(path: string, bytes: Uint8Array, flags: 'w' | 'wx' = 'wx'): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the temporary file its final name, unless another file has it. */
async function claim(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EEXIST') return false;
    // File systems without hard links (FAT, some network shares): the best that is left is to look first.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw cause;
    if (await exists(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

async function nextNumber(folder: string, stem: string, extension: string): Promise<number> {
  let highest = 0;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${stem}-`) || !name.endsWith(extension)) continue;
    const digits = name.slice(stem.length + 1, -extension.length);
    if (/^\d{1,9}$/.test(digits)) highest = Math.max(highest, Number(digits));
  }
  return highest + 1;
}

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
