import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { ScaledUpdate } from '../../weights/lora/factors.ts';
import { type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { type MergedTensor, mergeWeights } from './merge-weights.ts';

/** Two merges of the largest denoisers, or a dozen of SDXL's. */
const MOST_BYTES = 48 * 2 ** 30;
/** A merge that has not been written to for so long was given up. */
const ABANDONED_MS = 3_600_000;

/**
 * Weights with LoRAs added, computed once and kept on disk for as long as there is room: files named by what they were made
 * of. Only tensors that a LoRA changes are in them.
 */
export class MergedWeights {
  readonly #folder: string;
  readonly #mostBytes: number;

  /** @param mostBytes that all files may take together; the one used last stays in any case */
  constructor(folder: string, mostBytes = MOST_BYTES) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /**
   * The changed tensors of a network, to be laid over it.
   *
   * @param onTensor is called before each that has to be computed, and may throw to stop
   * @throws HeadroomError `file` or `model`
   */
  async tensors(
    network: readonly StoredTensor[],
    updates: readonly ScaledUpdate[],
    onTensor: (index: number, count: number) => Promise<void>,
  ): Promise<StoredTensor[]> {
    const changed = changedTensors(network, updates);
    const path = join(this.#folder, `${key(changed)}.safetensors`);
    if (existsSync(path)) {
      const now = new Date();
      utimesSync(path, now, now);
    } else {
      mkdirSync(this.#folder, { recursive: true });
      await mergeWeights(path, changed, (index) => onTensor(index, changed.length));
      this.#evict(path);
    }
    const arrangements = new Map(changed.map(({ base }) => [base.name, base.arrangement]));
    return storedTensors(path).map((tensor) => ({ ...tensor, arrangement: arrangements.get(tensor.name) ?? 'plain' }));
  }

  /** Deletes what was not used for the longest time until the rest fits, and what was given up. */
  #evict(newest: string): void {
    const files = readdirSync(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, size, mtimeMs };
    });
    const finished = files.filter(({ path }) => path.endsWith('.safetensors')).sort((a, b) => b.mtimeMs - a.mtimeMs);
    let bytes = statSync(newest).size;
    for (const { path, size } of finished) {
      if (path === newest) continue;
      bytes += size;
      if (bytes > this.#mostBytes) remove(path);
    }
    for (const { path, mtimeMs } of files) {
      if (path.endsWith('.tmp') && Date.now() - mtimeMs > ABANDONED_MS) remove(path);
    }
  }
}

/** What changes when any of the files or weights does that merges are made of. */
export function key(tensors: readonly MergedTensor[]): string {
  const hash = createHash('sha256');
  const files = new Set<string>();
  for (const { base, updates } of tensors) {
    files.add(base.path);
    hash.update(`${base.name}\0${base.path}\0${base.offset}\n`);
    for (const { update, weight } of updates) {
      files.add(update.up.path);
      hash.update(`${update.layer}\0${update.up.path}\0${update.up.offset}\0${weight}\n`);
    }
  }
  for (const path of [...files].sort()) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function changedTensors(network: readonly StoredTensor[], updates: readonly ScaledUpdate[]): MergedTensor[] {
  const byName = new Map<string, ScaledUpdate[]>();
  for (const scaled of updates) {
    const { name } = scaled.update;
    byName.set(name, [...(byName.get(name) ?? []), scaled]);
  }
  return network.flatMap((base) => {
    const own = byName.get(base.name);
    return own ? [{ base, updates: own }] : [];
  });
}

/** A file that another session has mapped cannot be deleted on Windows; it goes another time. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // See above.
  }
}
