import { HeadroomError } from '../../contract/errors.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { prefixesOf } from './prefixes.ts';

/** The fields of a `config.json`, to be parsed like one. */
export type InferredConfig = Readonly<Record<string, unknown>>;

/** A network's names and shapes, as what its config is inferred from. */
export class NetworkShapes {
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #prefixes: ReadonlySet<string>;
  readonly #path: string;

  constructor(tensors: readonly StoredTensor[]) {
    this.#shapes = new Map(
      tensors.map(({ name, shape, arrangement }) => [name, arrangement === 'transposed' ? shape.toReversed() : shape]),
    );
    this.#prefixes = prefixesOf(this.#shapes.keys());
    this.#path = tensors[0]?.path ?? '';
  }

  has(name: string): boolean {
    return this.#shapes.has(name);
  }

  /** Whether there is any tensor below `prefix.` */
  hasBelow(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  /** How many of `prefix.0.`, `prefix.1.`, … follow each other. */
  count(prefix: string): number {
    let count = 0;
    while (this.hasBelow(`${prefix}.${count}`)) count++;
    return count;
  }

  /** The numbers of a function for each index below `prefix.` */
  each<T>(prefix: string, at: (indexed: string, index: number) => T): T[] {
    return Array.from({ length: this.count(prefix) }, (_, index) => at(`${prefix}.${index}`, index));
  }

  /** One dimension of a tensor that must be there. @throws HeadroomError `model` */
  size(name: string, dimension: number): number {
    const size = this.#shapes.get(name)?.[dimension];
    if (size !== undefined) return size;
    throw new HeadroomError(
      'model',
      `${this.#path} is incomplete: it lacks ${name}${this.has(name) ? ` in ${dimension + 1} dimensions` : ''}. Download it again, all of it.`,
    );
  }
}
