import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What tells whether a weight file, or any file of a model's folder, has changed: names, sizes and times. */
export function stampOf(path: string): { stamp: string; bytes: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return { stamp: `${stat?.size} ${stat?.mtimeMs}`, bytes: stat?.size ?? 0 };
  const hash = createHash('sha256');
  let bytes = 0;
  for (const name of filesBelow(path, 1)) {
    const file = statSync(join(path, name), { throwIfNoEntry: false });
    hash.update(`${name}\0${file?.size}\0${file?.mtimeMs}\n`);
    if (name.endsWith('.safetensors')) bytes += file?.size ?? 0;
  }
  return { stamp: hash.digest('hex'), bytes };
}

function filesBelow(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const isFolder = entry.isSymbolicLink()
      ? statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory()
      : entry.isDirectory();
    if (!isFolder) return [entry.name];
    if (depth === 0) return [];
    return filesBelow(join(folder, entry.name), depth - 1).map((name) => join(entry.name, name));
  });
}
