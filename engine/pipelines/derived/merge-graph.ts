import { GraphBuilder, type OnnxModel } from '../../onnx/graph-builder.ts';
import { add, cast } from '../../onnx/operators.ts';

const OPSET = 21;

export type MergeType = 'float32' | 'float16';

/**
 * Adds a product of two matrices to some rows of a weight: `base + up · down`, computed in float32 and rounded once.
 *
 * Inputs: `base` [rows, columns] of the type `from`; `up` float32 [rows, rank]; `down` float32 [rank, columns]. Output:
 * `merged` [rows, columns] of the type `to`.
 */
export function buildMerge(from: MergeType, to: MergeType): OnnxModel {
  const g = GraphBuilder.create('merge', OPSET);
  const base = g.input({ name: 'base', type: from, dims: ['rows', 'columns'] });
  const up = g.input({ name: 'up', type: 'float32', dims: ['rows', 'rank'] });
  const down = g.input({ name: 'down', type: 'float32', dims: ['rank', 'columns'] });
  const product = g.node('MatMul', [up, down]);
  const sum = add(g, from === 'float32' ? base : cast(g, base, 'float32'), product);
  g.output({ name: 'merged', type: to, dims: ['rows', 'columns'] }, to === 'float32' ? sum : cast(g, sum, to));
  return g.build();
}
