import type { OnnxModel } from '../onnx/graph-builder.ts';
import { RuntimeError } from '../ort/errors.ts';
import type { Session } from '../ort/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { regionBytes } from './device-memory.ts';

type Values = Readonly<Record<string, Tensor>>;

/** A part of a network on the device. */
export interface LoadedPart {
  readonly session: Session;
  /** Gives its memory back. */
  release(): Promise<void>;
}

/** What a network asks of the device that it is on. */
export interface PartLoader {
  /** @param which in words, such as "part 3 of 16"; empty for a network that is whole. @throws RuntimeError */
  load(graph: OnnxModel, which: string): Promise<LoadedPart>;
  /** What weights and runs may still take; null where that is not known. */
  roomBytes(): number | null;
  /** Gives what is reserved and not in use back to the device. */
  shrink(): void;
}

/** How the parts of a network are run. */
export interface PartRun {
  /** Runs one of them. @param which as in `PartLoader.load` */
  run(session: Session, inputs: Values, which: string): Promise<Record<string, Tensor>>;
  /** Before each part but the first: messages may come in, and what it throws ends the run. */
  pause(): Promise<void>;
  /** What the values of any part need at most, 0 where it is not known. */
  readonly activationBytes: number;
}

/**
 * A network on the device: whole, or in parts that run one after the other (`cutModel`). Of the parts, as many stay loaded
 * as leave room for what is still to come; the others are loaded for each run, and their weights come from the system's
 * page cache. Always the same parts stay: each is used once a run, so that to drop what was unused the longest would be to
 * load them all.
 */
export class ResidentNetwork {
  readonly #parts: readonly OnnxModel[];
  readonly #loader: PartLoader;
  readonly #loaded = new Map<number, LoadedPart>();
  readonly #outputs: ReadonlySet<string>;
  /** How many parts may stay loaded: fewer once memory ran out. */
  #most = Number.POSITIVE_INFINITY;

  /**
   * @param parts of the network, in a row; only one if it is whole
   * @param outputs names of what the network puts out
   */
  constructor(parts: readonly OnnxModel[], outputs: readonly string[], loader: PartLoader) {
    this.#parts = parts;
    this.#outputs = new Set(outputs);
    this.#loader = loader;
  }

  get weightBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.weightBytes, 0);
  }

  /** Of the weights, those that are loaded. */
  get residentBytes(): number {
    return [...this.#loaded.keys()].reduce((sum, index) => sum + (this.#parts[index] as OnnxModel).weightBytes, 0);
  }

  /** Loads the first part, which is all of a network that is whole. @throws RuntimeError */
  async open(): Promise<void> {
    await this.#part(0);
  }

  /** @throws RuntimeError where memory runs out with no other part loaded; and what `pause` throws */
  async run(inputs: Values, how: PartRun): Promise<Record<string, Tensor>> {
    await this.#makeRoom(how.activationBytes);
    let values = inputs;
    for (const [index, part] of this.#parts.entries()) {
      if (index > 0) await how.pause();
      const given = select(values, new Set(part.inputs.map(({ name }) => name)));
      try {
        const run = ({ session }: LoadedPart) => how.run(session, given, this.#which(index));
        values = { ...this.#wantedFrom(index, values), ...(await this.#withMemory(index, run)) };
      } finally {
        if (this.#loaded.size > this.#most || !this.#hasRoom(how.activationBytes)) await this.#unload(index);
      }
    }
    return this.#wantedFrom(this.#parts.length - 1, values);
  }

  get isInParts(): boolean {
    return this.#parts.length > 1;
  }

  /** Unloads parts until `bytes` have come free or none is left; runs load them again. */
  async giveBack(bytes: number): Promise<void> {
    const enough = this.residentBytes - bytes;
    for (const index of [...this.#loaded.keys()].reverse()) {
      if (this.residentBytes <= enough) break;
      await this.#unload(index);
    }
  }

  async release(): Promise<void> {
    for (const index of [...this.#loaded.keys()]) await this.#unload(index);
  }

  /** Runs a part. Where memory runs out, half of the other parts that are loaded make room, until there are none. */
  async #withMemory<T>(index: number, run: (part: LoadedPart) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await run(await this.#part(index));
      } catch (thrown) {
        const others = [...this.#loaded.keys()].filter((other) => other !== index);
        if (!(thrown instanceof RuntimeError && thrown.code === 'memory') || others.length === 0) throw thrown;
        this.#most = Math.floor(others.length / 2);
        for (const other of others.slice(this.#most)) await this.#unload(other);
        this.#loader.shrink();
      }
    }
  }

  async #part(index: number): Promise<LoadedPart> {
    const known = this.#loaded.get(index);
    if (known) return known;
    const graph = this.#parts[index] as OnnxModel;
    const loaded = await this.#loader.load(graph, this.#which(index));
    this.#loaded.set(index, loaded);
    return loaded;
  }

  async #unload(index: number): Promise<void> {
    const loaded = this.#loaded.get(index);
    this.#loaded.delete(index);
    await loaded?.release();
  }

  /** Before a run that needs more than those before it, or when less is free than it was. */
  async #makeRoom(activationBytes: number): Promise<void> {
    for (const index of [...this.#loaded.keys()].reverse()) {
      if (this.#hasRoom(activationBytes)) break;
      await this.#unload(index);
    }
  }

  /** Whether a run has room beside the parts that are loaded, with the largest of the others that are to come. */
  #hasRoom(activationBytes: number): boolean {
    const room = this.#loader.roomBytes();
    if (room === null || this.#parts.length === 1) return true;
    const largest = Math.max(...this.#parts.map((part) => part.weightBytes));
    return room >= regionBytes(activationBytes) + Math.min(largest, this.weightBytes - this.residentBytes);
  }

  /** Of the values that there are after a part, those that somebody is still to read. */
  #wantedFrom(index: number, values: Values): Record<string, Tensor> {
    const read = this.#parts.slice(index + 1).flatMap(({ inputs }) => inputs.map(({ name }) => name));
    return select(values, new Set([...read, ...this.#outputs]));
  }

  #which(index: number): string {
    return this.#parts.length === 1 ? '' : `part ${index + 1} of ${this.#parts.length}`;
  }
}

function select(values: Values, names: ReadonlySet<string>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
