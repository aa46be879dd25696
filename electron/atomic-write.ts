import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Replaces a file as a whole or not at all: the new one is complete and on the disk before it takes the old one's name. A
 * link stays a link, and permissions stay as they were.
 *
 * Written here because write-file-atomic 7 asks for one write and does not look at how much of it was done: on a disk that
 * is nearly full it renames a truncated file over the good one.
 *
 * @throws the error of the file system; the old file is then untouched and nothing is left beside it
 */
export async function writeAtomically(filePath: string, data: string | Uint8Array): Promise<void> {
  const target = await realpath(filePath).catch(() => filePath);
  const mode = await stat(target).then(
    (old) => old.mode,
    () => 0o666,
  );
  const temporary = path.join(path.dirname(target), `.headroom-${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
