import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { HeadroomError } from '../../contract/errors.ts';
import type { KeptWeights } from '../../contract/protocol.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { inWords } from '../../memory/words.ts';
import { externalLocation } from '../../onnx/external-data.ts';
import type { ScaledUpdate } from '../../weights/lora/changes.ts';
import { type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { changedTensors, convertedTensors, type DerivedTensor, derivedLength, toBeMade } from './derived-tensor.ts';
import { writeDerived } from './write-derived.ts';

/** The largest denoiser and its text encoders in float16, and two merges of it. */
const MOST_BYTES = 96 * 2 ** 30;
/** What stays free on the disk. */
const KEPT_FREE_BYTES = 2 ** 30;

/** Is called before each tensor that has to be computed, and may throw to stop. */
type OnTensor = (index: number, count: number) => Promise<void>;

interface Options {
  /** What all files may take together; the one used last stays in any case. */
  readonly mostBytes?: number;
  /** What is free where a folder is. */
  readonly freeBytes?: (folder: string) => number;
  /** The drive that a path leads to. */
  readonly driveOf?: (path: string) => string;
}

/**
 * Weights that are made of a model's own, computed once and kept on disk for as long as there is room: in the type or the order
 * that a device wants, or with LoRAs added. Files are named by what they were made of.
 */
export class DerivedWeights {
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #freeBytes: (folder: string) => number;
  readonly #driveOf: (path: string) => string;

  constructor(
    folder: string,
    { mostBytes = MOST_BYTES, freeBytes = freeOnDisk, driveOf = (path) => externalLocation(path).root }: Options = {},
  ) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#freeBytes = freeBytes;
    this.#driveOf = driveOf;
  }

  /**
   * The tensors of a network which a device would have to turn each time they are loaded, as it wants them, to be laid
   * over the network. For float32 nothing is made: what is stored in fewer bytes is better turned than read.
   *
   * @throws HeadroomError `file` if they cannot be read or written, or the disk has no room for them
   */
  async converted(network: readonly StoredTensor[], dialect: Dialect, onTensor: OnTensor): Promise<StoredTensor[]> {
    return this.#derive(convertedTensors(network, dialect), network, onTensor);
  }

  /**
   * The tensors of a network that updates change, with them, to be laid over it: in the device's type.
   *
   * @throws HeadroomError `file` or `model`
   */
  async merged(
    network: readonly StoredTensor[],
    updates: readonly ScaledUpdate[],
    dialect: Dialect,
    onTensor: OnTensor,
  ): Promise<StoredTensor[]> {
    return this.#derive(changedTensors(network, updates, dialect), besideMerged(network, dialect), onTensor);
  }

  /**
   * Whether `converted` and `merged` find all that they give, and make nothing.
   *
   * @throws HeadroomError `model`
   */
  hasAll(network: readonly StoredTensor[], updates: readonly ScaledUpdate[], dialect: Dialect): boolean {
    const has = (made: readonly DerivedTensor[], others: readonly StoredTensor[]) =>
      made.length === 0 || existsSync(this.#place(made, others).path);
    return (
      has(convertedTensors(network, dialect), network) &&
      has(changedTensors(network, updates, dialect), besideMerged(network, dialect))
    );
  }

  /**
   * A file of tensors that are made, and copies of `others` that lie on another drive: weights of one session must lie on one.
   */
  async #derive(
    made: readonly DerivedTensor[],
    others: readonly StoredTensor[],
    onTensor: OnTensor,
  ): Promise<StoredTensor[]> {
    if (made.length === 0) return [];
    const { tensors, path } = this.#place(made, others);
    if (existsSync(path)) {
      const now = new Date();
      utimesSync(path, now, now);
    } else {
      this.#prepareFolder(tensors.reduce((sum, tensor) => sum + derivedLength(tensor), 0));
      await writeDerived(path, tensors, (index) => onTensor(index, tensors.length));
      this.#evict(path);
    }
    const wanted = new Map(toBeMade(tensors).map((tensor) => [tensor.name, tensor]));
    return storedTensors(path).flatMap((tensor) => {
      const made = wanted.get(tensor.name);
      // All others are scales.
      if (!made) return [];
      const { arrangement, isChannelsLast, scale } = made;
      return { ...tensor, arrangement, isChannelsLast, scale: tensor.scale ?? scale };
    });
  }

  /** What a file of tensors that are made holds, and where it is or is to be. */
  #place(made: readonly DerivedTensor[], others: readonly StoredTensor[]) {
    const names = new Set(made.map(({ base }) => base.name));
    const drive = this.#driveOf(this.#folder);
    const copied = others.filter(({ name, path }) => !names.has(name) && this.#driveOf(path) !== drive);
    const tensors: DerivedTensor[] = [...made, ...copied.map((base) => ({ base, updates: [], dtype: base.dtype }))];
    return { tensors, path: join(this.#folder, `${key(tensors)}.safetensors`) };
  }

  /** Where they are, and what they take. */
  kept(): KeptWeights {
    return { folder: this.#folder, bytes: this.#files().reduce((sum, { size }) => sum + size, 0) };
  }

  /** Deletes all of them that nothing uses. */
  clear(): void {
    for (const { path } of this.#files()) remove(path);
  }

  /** @throws HeadroomError `file` if there is no room for so many bytes */
  #prepareFolder(bytes: number): void {
    let free: number;
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#removeAbandoned();
      free = this.#freeBytes(this.#folder);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HeadroomError('file', `Nothing can be kept in ${this.#folder}: ${reason}.`, { cause });
    }
    if (free >= bytes + KEPT_FREE_BYTES) return;
    throw new HeadroomError(
      'file',
      `${inWords(bytes + KEPT_FREE_BYTES)} are needed in ${this.#folder}, and ${inWords(free)} are free. Free some space on that disk.`,
    );
  }

  /** Deletes what processes that were ended left half written. */
  #removeAbandoned(): void {
    for (const { path } of this.#files()) {
      const writer = /\.(\d+)\.tmp$/.exec(path)?.[1];
      if (writer !== undefined && !isRunning(Number(writer))) remove(path);
    }
  }

  /** Deletes what was not used for the longest time until the rest fits. */
  #evict(newest: string): void {
    const finished = this.#files().filter(({ path }) => path.endsWith('.safetensors'));
    let bytes = statSync(newest).size;
    for (const { path, size } of finished.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      if (path === newest) continue;
      bytes += size;
      if (bytes > this.#mostBytes) remove(path);
    }
  }

  #files(): { path: string; size: number; mtimeMs: number }[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, size, mtimeMs };
    });
  }
}

/** Where some are converted, those on another drive are with them already. */
function besideMerged(network: readonly StoredTensor[], dialect: Dialect): readonly StoredTensor[] {
  return convertedTensors(network, dialect).length === 0 ? network : [];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}

function freeOnDisk(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What changes when any of the files or weights does that tensors are made of. */
function key(tensors: readonly DerivedTensor[]): string {
  const hash = createHash('sha256');
  const files = new Set<string>();
  for (const { base, updates, dtype, isChannelsLast } of tensors) {
    files.add(base.path);
    const made = isChannelsLast ? `${dtype} channels last` : dtype;
    hash.update(`${base.name}\0${base.path}\0${base.offset}\0${base.length}\0${made}\n`);
    for (const { update, weight } of updates) {
      files.add(update.path);
      hash.update(`${update.layer}\0${update.path}\0${update.rows.first}\0${weight}\n`);
    }
  }
  for (const path of [...files].sort()) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** A file that another session has mapped cannot be deleted on Windows; it goes another time. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // See above.
  }
}
