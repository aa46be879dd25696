import { NumberedGraph, type Values } from '../estimate/numbered-graph.ts';
import type { KnownValue } from '../estimate/operator-shapes.ts';
import type { Graph } from '../graph.ts';
import type { ValueInfo } from '../value-info.ts';

/** Networks halve their sides a few times. */
const UNIT = 64;

/**
 * A graph's values where its free dimensions have sizes, twice: a dimension that is the same both times is fixed, and two
 * that change alike are one.
 */
export class FreeDimensions {
  readonly #graph: NumberedGraph;
  /** With sizes of about the same scale. */
  readonly #values: Values;
  readonly #otherSizes: Readonly<Record<string, number>>;
  #others: Values | undefined;
  readonly #names = new Map<string, string>();

  constructor(graph: Graph) {
    const free = [...new Set(graph.inputs.flatMap(({ dims }) => dims))].filter((dim) => typeof dim === 'string');
    const primes = firstPrimes(free.length + 1);
    const size = (index: number) => UNIT * (primes[index] as number);
    const sizes = (shift: number) => Object.fromEntries(free.map((name, index) => [name, size(index + shift)]));
    for (const [index, name] of free.entries()) this.#names.set(`${size(index)} ${size(index + 1)}`, name);
    this.#graph = NumberedGraph.of(graph);
    this.#values = this.#graph.values(sizes(0));
    this.#otherSizes = sizes(1);
  }

  /** A value with sizes of about the same scale as those of the others. */
  value(name: string): KnownValue {
    return this.#values[this.#graph.numberOf(name)] as KnownValue;
  }

  /** A value as an input or output of a graph. */
  valueInfo(name: string): ValueInfo {
    const number = this.#graph.numberOf(name);
    if (number === 0) throw new Error(`the graph has no value "${name}"`);
    this.#others ??= this.#graph.values(this.#otherSizes);
    const [value, other] = [this.#values[number], this.#others[number]] as [KnownValue, KnownValue];
    const dims = value.dims.map((size, axis) => {
      const otherSize = other.dims[axis] as number;
      if (size === otherSize) return size;
      const sizes = `${size} ${otherSize}`;
      return this.#names.get(sizes) ?? sizes.replace(' ', '_or_');
    });
    return { name, type: value.type, dims };
  }
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}
