import { int } from '../../onnx/attributes.ts';
import { concat } from '../../onnx/operators.ts';
import type { Dialect } from '../dialect.ts';

/**
 * A device whose attention computes its queries in `slices` parts, one after the other: what a kernel needs for the scores
 * of all queries shrinks to that of a part. The result is the same, for each query is computed by itself. Causal attention
 * is left whole: its texts are short, and a query's place decides what it may see.
 */
export function withAttentionSlices(dialect: Dialect, slices: number): Dialect {
  return {
    ...dialect,
    id: `${dialect.id}, attention in ${slices}`,
    attention(g, q, k, v, options) {
      if (options.causal) return dialect.attention(g, q, k, v, options);
      const parts = g.nodes('Split', [q], slices, { attributes: { axis: int(1), num_outputs: int(slices) } });
      const attended = parts.map((part) => dialect.attention(g, part, k, v, options));
      return concat(g, attended, 1);
    },
  };
}
