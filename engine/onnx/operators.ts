import { int, ints } from './attributes.ts';
import { type ElementType, onnxType } from './element-type.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/** Standard operators by the shapes they take and give; those that differ between devices are in the dialects. */

export function add(g: GraphBuilder, a: Value, b: Value): Value {
  return g.node('Add', [a, b]);
}

export function multiply(g: GraphBuilder, a: Value, b: Value): Value {
  return g.node('Mul', [a, b]);
}

export function cast(g: GraphBuilder, x: Value, to: ElementType): Value {
  return g.node('Cast', [x], { attributes: { to: int(onnxType(to)) } });
}

/** `dims`: 0 keeps a dimension, -1 is what remains. */
export function reshape(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  return g.node('Reshape', [x, g.constant('int64', dims)]);
}

/** Gives `x` the shape that `like` has. */
export function reshapeLike(g: GraphBuilder, x: Value, like: Value): Value {
  return g.node('Reshape', [x, g.node('Shape', [like])]);
}

export function transpose(g: GraphBuilder, x: Value, order: readonly number[]): Value {
  return g.node('Transpose', [x], { attributes: { perm: ints(order) } });
}

export function concat(g: GraphBuilder, values: readonly Value[], axis: number): Value {
  return g.node('Concat', values, { attributes: { axis: int(axis) } });
}

/** Cuts the last dimension into `count` equal parts. */
export function splitLast(g: GraphBuilder, x: Value, count: number): Value[] {
  return g.nodes('Split', [x], count, { attributes: { axis: int(-1), num_outputs: int(count) } });
}

/** Dimensions `start` to `end` (excluded) of the shape of `x`, as an int64 vector. */
export function shapeOf(g: GraphBuilder, x: Value, start: number, end: number): Value {
  return g.node('Shape', [x], { attributes: { start: int(start), end: int(end) } });
}

/** `x` at `indices` along `axis`. */
export function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  return g.node('Gather', [x, indices], { attributes: { axis: int(axis) } });
}
