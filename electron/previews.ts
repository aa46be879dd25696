import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Empties the folder of pictures that were only looked at, but for those that the queue still shows. */
export async function cleanPreviews(folder: string, shown: ReadonlySet<string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = (await readdir(folder)).map((name) => path.join(folder, name));
  await Promise.all(files.filter((file) => !shown.has(file)).map((file) => rm(file, { recursive: true, force: true })));
}
