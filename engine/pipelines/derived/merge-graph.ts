import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, cast, multiply } from '../../onnx/operators.ts';

const OPSET = 21;

export type MergeType = 'float32' | 'float16';

/** The type that a weight is read in, and for each of its differences of how many products it is the elementwise one. */
export interface MergeShape {
  readonly from: MergeType;
  readonly differences: readonly number[];
}

/**
 * What is done to some rows of a weight, computed in float32 and rounded once:
 * `base ∘ (row_gain + column_gain) + Σᵢ ∏ⱼ up.i.j · down.i.j`, where ∏ is elementwise.
 *
 * Inputs: `base` [rows, columns] of the type `from`; float32 `row_gain` [rows or 1, 1] and `column_gain` [1, columns or 1];
 * float32 `up.i.j` [rows, rank] and `down.i.j` [rank, columns]. Output: `merged` [rows, columns] of the type `to`.
 */
export function buildMerge(shape: MergeShape, to: MergeType): OnnxModel {
  const { g, sum } = changedRows('merge', shape);
  g.output({ name: 'merged', type: to, dims: ['rows', 'columns'] }, to === 'float32' ? sum : cast(g, sum, to));
  return g.build();
}

/**
 * The sums of the squares of the same, from the same inputs: of each row, or of each column as far as these rows go. Output:
 * `squares` float32 [rows, 1] or [1, columns].
 */
export function buildSquares(shape: MergeShape, of: 'rows' | 'columns'): OnnxModel {
  const { g, sum } = changedRows('squares', shape);
  const axis = g.constant('int64', [of === 'rows' ? 1 : 0]);
  const dims = of === 'rows' ? ['rows', 1] : [1, 'columns'];
  g.output({ name: 'squares', type: 'float32', dims }, g.node('ReduceSumSquare', [sum, axis]));
  return g.build();
}

function changedRows(name: string, { from, differences }: MergeShape): { g: GraphBuilder; sum: Value } {
  const g = GraphBuilder.create(name, { opset: OPSET });
  const float = (input: string, ...dims: (string | number)[]) => g.input({ name: input, type: 'float32', dims });
  const stored = g.input({ name: 'base', type: from, dims: ['rows', 'columns'] });
  const base = from === 'float32' ? stored : cast(g, stored, 'float32');
  const gain = add(g, float('row_gain', 'row_gains', 1), float('column_gain', 1, 'column_gains'));
  let sum = multiply(g, base, gain);
  for (const [index, count] of differences.entries()) {
    const products = Array.from({ length: count }, (_, factor) => {
      const rank = `rank.${index}.${factor}`;
      const up = float(`up.${index}.${factor}`, 'rows', rank);
      return g.node('MatMul', [up, float(`down.${index}.${factor}`, rank, 'columns')]);
    });
    sum = add(
      g,
      sum,
      products.reduce((product, other) => multiply(g, product, other)),
    );
  }
  return { g, sum };
}
