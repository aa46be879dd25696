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
  /** Of each node, the least that is handed over until there if a part ends before it, and where that part begins. */
  const best = Array.from({ length: weights.length + 1 }, () => ({ cost: Number.POSITIVE_INFINITY, first: 0 }));
  best[0] = { cost: 0, first: 0 };
  for (let first = 0; first < weights.length; first++) {
    const cost = (best[first]?.cost as number) + (first === 0 ? 0 : (crossing[first] as number));
    const inPart = new Set<string>();
    let size = 0;
    for (let end = first + 1; end <= weights.length; end++) {
      for (const name of weights[end - 1] as readonly string[]) {
        if (!inPart.has(name)) size += sizeOf(name);
        inPart.add(name);
      }
      if (size > heaviest) break;
      if (cost < (best[end]?.cost as number)) best[end] = { cost, first };
    }
  }
  const points: number[] = [];
  for (let end = weights.length; end > 0; end = points[0] as number) points.unshift(best[end]?.first as number);
  return points;
}
