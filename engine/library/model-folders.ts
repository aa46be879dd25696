import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stampOf } from './stamp.ts';

/** Something below a models folder that a person may take for a model. */
export interface FoundModel {
  readonly path: string;
  /** `folder`: a diffusers folder; `file`: a single weight file. */
  readonly kind: 'folder' | 'file';
  readonly name: string;
  /** Changes whenever one of its files does. */
  readonly stamp: string;
  /** Of its weight files. */
  readonly bytes: number;
}

/** Deep enough for a hub cache (`models--x--y/snapshots/hash`) below a folder per maker. */
const DEEPEST = 5;
/** Whoever points at a whole disk gets what is near the top, soon. */
const MOST_FOLDERS = 5000;
const WEIGHT_FILE = /\.(safetensors|ckpt|gguf)$/i;
/** What diffusers calls ControlNets, LoRAs and textual inversions, each in a folder of its own. */
const SAVED_NAMES = /^(diffusion_pytorch_model|pytorch_lora_weights|learned_embeds)(\.fp16)?$/;
/** Parts of a diffusers folder, any of which shows that one was meant. */
const PARTS = ['unet', 'transformer', 'vae', 'text_encoder'];

/** What looks like a model at `root` or below it, by path. A folder that cannot be read holds none. */
export function findModels(root: string): FoundModel[] {
  const found: FoundModel[] = [];
  const seen = new Set<string>();
  const pending = [{ folder: root, depth: 0 }];
  for (let next = pending.shift(); next && seen.size < MOST_FOLDERS; next = pending.shift()) {
    const { folder, depth } = next;
    const content = read(folder);
    if (!content || seen.has(content.realPath)) continue;
    seen.add(content.realPath);
    if (isDiffusersFolder(folder, content.folders)) {
      found.push({ path: folder, kind: 'folder', name: folderName(folder), ...stampOf(folder) });
      continue;
    }
    for (const file of content.files.filter((name) => WEIGHT_FILE.test(name))) {
      const path = join(folder, file);
      found.push({ path, kind: 'file', name: fileName(folder, file), ...stampOf(path) });
    }
    if (depth < DEEPEST)
      pending.push(...content.folders.map((name) => ({ folder: join(folder, name), depth: depth + 1 })));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Follows links, because people and hub caches keep models elsewhere; the real path stops loops. */
function read(folder: string): { realPath: string; folders: string[]; files: string[] } | null {
  try {
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const target = entry.isSymbolicLink() ? statSync(join(folder, entry.name), { throwIfNoEntry: false }) : entry;
      if (target?.isDirectory()) folders.push(entry.name);
      else if (target?.isFile()) files.push(entry.name);
    }
    return { realPath: realpathSync(folder), folders, files };
  } catch {
    return null;
  }
}

function isDiffusersFolder(folder: string, folders: readonly string[]): boolean {
  if (existsSync(join(folder, 'model_index.json'))) return true;
  return PARTS.filter((part) => folders.includes(part) && existsSync(join(folder, part, 'config.json'))).length > 1;
}

/** A weight file's name, or that of its folder where the tools that save it call every file the same. */
function fileName(folder: string, file: string): string {
  const name = file.replace(WEIGHT_FILE, '');
  return SAVED_NAMES.test(name) ? folderName(folder) : name;
}

/** The folder's name; in a hub cache, where that is a hash, the name of the repository. */
function folderName(folder: string): string {
  const repository = basename(dirname(dirname(folder)));
  const isSnapshot = basename(dirname(folder)) === 'snapshots' && repository.startsWith('models--');
  return isSnapshot ? repository.slice('models--'.length).replaceAll('--', '/') : basename(folder);
}
