/** What a cut has to know of a graph's nodes, which are numbered in the order in which they run. */
export interface WeighedNodes {
  /** Of each node, the weights that it reads. */
  readonly weights: readonly (readonly string[])[];
  readonly sizes: ReadonlyMap<string, number>;
  /** Of each node, what is handed over where a part begins with it. */
  readonly crossing: readonly number[];
}

/**
 * The first nodes of parts that read weights of at most `limit` together, where the least is handed over. A weight that
 * several nodes of a part read counts once. A node that reads more by itself raises the limit for all.
 */
export function cutPoints({ weights, sizes, crossing }: WeighedNodes, limit: number): number[] {
  const sizeOf = (weight: string) => sizes.get(weight) as number;
  const heaviest = Math.max(limit, ...weights.map((read) => read.reduce((sum, name) => sum + sizeOf(name), 0)));
  /** Of each node, the least that is handed over until there if a part begins with it, and where the part before it begins. */
  const costs = [0];
  const before = [0];
  /** Where the part that ends here may begin: nodes in a row, of which none costs less than a later one. */
  const firsts: number[] = [];
  const inPart = new PartWeights(sizeOf);
  let from = 0;
  for (const [node, read] of weights.entries()) {
    while (firsts.length > 0 && (costs[firsts.at(-1) as number] as number) > (costs[node] as number)) firsts.pop();
    firsts.push(node);
    inPart.add(read);
    for (; inPart.size > heaviest; from++) inPart.remove(weights[from] as readonly string[]);
    while ((firsts[0] as number) < from) firsts.shift();
    const first = firsts[0] as number;
    before.push(first);
    costs.push((costs[first] as number) + (crossing[node + 1] ?? 0));
  }
  const points: number[] = [];
  for (let end = weights.length; end > 0; end = points[0] as number) points.unshift(before[end] as number);
  return points;
}

/** The weights that the nodes of a part read. */
class PartWeights {
  /** What they hold together, each weight once. */
  size = 0;
  readonly #readers = new Map<string, number>();
  readonly #sizeOf: (weight: string) => number;

  constructor(sizeOf: (weight: string) => number) {
    this.#sizeOf = sizeOf;
  }

  add(read: readonly string[]): void {
    for (const name of read) {
      const readers = this.#readers.get(name) ?? 0;
      if (readers === 0) this.size += this.#sizeOf(name);
      this.#readers.set(name, readers + 1);
    }
  }

  remove(read: readonly string[]): void {
    for (const name of read) {
      const readers = (this.#readers.get(name) as number) - 1;
      if (readers === 0) this.size -= this.#sizeOf(name);
      this.#readers.set(name, readers);
    }
  }
}
