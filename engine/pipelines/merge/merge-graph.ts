import { GraphBuilder, type OnnxModel } from '../../onnx/graph-builder.ts';
import { add, cast } from '../../onnx/operators.ts';

const OPSET = 21;

/**
 * Adds a product of two matrices to some rows of a weight: `base + up · down`, computed in float32 and rounded once.
 *
 * Inputs: `base` [rows, columns] of the weight's type; `up` float32 [rows, rank]; `down` float32 [rank, columns]. Output:
 * `merged`, as `base`.
 */
export function buildMerge(type: 'float32' | 'float16'): OnnxModel {
  const g = GraphBuilder.create('merge', OPSET);
  const base = g.input({ name: 'base', type, dims: ['rows', 'columns'] });
  const up = g.input({ name: 'up', type: 'float32', dims: ['rows', 'rank'] });
  const down = g.input({ name: 'down', type: 'float32', dims: ['rank', 'columns'] });
  const product = g.node('MatMul', [up, down]);
  const isHalf = type === 'float16';
  const sum = add(g, isHalf ? cast(g, base, 'float32') : base, product);
  g.output({ name: 'merged', type, dims: ['rows', 'columns'] }, isHalf ? cast(g, sum, type) : sum);
  return g.build();
}
