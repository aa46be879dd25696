import { elementCount } from '../../tensor/tensor.ts';
import { type ElementType, elementTypeOf } from '../element-type.ts';
import type { GraphNode } from '../graph.ts';

/** What is known of a value before a run: its type, its shape and, for small integer vectors such as shapes, its contents. */
export interface KnownValue {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly contents?: readonly number[];
}

/** Shapes of a node's outputs from what is known of its inputs; a left-out optional input is undefined. */
export type ShapeRule = (inputs: readonly (KnownValue | undefined)[], node: GraphNode) => KnownValue[];

/**
 * One rule for each operator that Headroom's graphs are built of, after the ONNX operator specification and, for
 * com.microsoft, onnxruntime's docs/ContribOperators.md. Only what the graphs use is covered.
 */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  Add: broadcast,
  Div: broadcast,
  Mul: broadcast,
  Sub: broadcast,
  BiasAdd: same,
  BiasSplitGelu: ([x]) => [like(x, replaced(first(x).dims, first(x).dims.length - 1, at(first(x).dims, 2) / 2))],
  Equal: (inputs, node) => broadcast(inputs, node).map((value) => ({ ...value, type: 'bool' })),
  Cast: ([x], node) => [{ dims: first(x).dims, type: elementTypeOf(integer(node, 'to', 1)) }],
  Identity: same,
  Clip: same,
  Cos: same,
  FastGelu: same,
  Gelu: same,
  GroupNorm: same,
  InstanceNormalization: same,
  LayerNormalization: same,
  LeakyRelu: same,
  QuickGelu: same,
  RotaryEmbedding: same,
  SimplifiedLayerNormalization: same,
  Sin: same,
  SkipGroupNorm: same,
  Softmax: same,
  SkipSimplifiedLayerNormalization: ([x]) => [first(x)],
  SkipLayerNormalization: ([x]) => [first(x), first(x), first(x), first(x)],
  Sqrt: same,
  Trilu: same,
  Flatten: ([x], node) => {
    const { dims } = first(x);
    const rows = elementCount(dims.slice(0, integer(node, 'axis', 1)));
    return [like(x, [rows, elementCount(dims) / rows])];
  },
  Reshape: ([x, shape]) => [like(x, reshaped(first(x).dims, known(shape)))],
  Transpose: ([x], node) => [
    like(
      x,
      integers(node, 'perm').map((axis) => at(first(x).dims, axis)),
    ),
  ],
  Expand: ([x, shape]) => [like(x, broadcastDims(first(x).dims, known(shape)))],
  Range: ([start, limit]) => {
    const [from, to] = [known(start), known(limit)].map((values) => at(values, 0)) as [number, number];
    return [like(start, [to - from])];
  },
  Squeeze: ([x, axes]) => {
    const dropped = known(axes);
    const dims = first(x).dims.filter((_, axis) => !dropped.includes(axis));
    return [{ ...like(x, dims), contents: first(x).contents }];
  },
  Pad: ([x, pads]) => {
    const { dims } = first(x);
    const amounts = known(pads);
    return [
      like(
        x,
        dims.map((size, axis) => size + at(amounts, axis) + at(amounts, axis + dims.length)),
      ),
    ];
  },
  ReduceMean: reduced,
  ReduceSumSquare: reduced,
  Unsqueeze: ([x, axes]) => {
    const dims = [...first(x).dims];
    for (const axis of known(axes)) dims.splice(axis, 0, 1);
    return [like(x, dims)];
  },
  Shape: ([x], node) => {
    const { dims } = first(x);
    const contents = dims.slice(integer(node, 'start', 0), integer(node, 'end', dims.length));
    return [{ dims: [contents.length], type: 'int64', contents }];
  },
  Concat: (inputs, node) => {
    const parts = inputs.map(first);
    const axis = axisOf(first(inputs[0]), integer(node, 'axis', 0));
    const total = parts.reduce((sum, part) => sum + at(part.dims, axis), 0);
    const contents = parts.every((part) => part.contents) ? parts.flatMap((part) => known(part)) : undefined;
    return [{ ...like(inputs[0], replaced(first(inputs[0]).dims, axis, total)), contents }];
  },
  Split: ([x], node) => {
    const axis = axisOf(first(x), integer(node, 'axis', 0));
    const part = like(x, replaced(first(x).dims, axis, at(first(x).dims, axis) / node.outputs.length));
    return node.outputs.map(() => part);
  },
  Slice: ([x, starts, ends, axes]) => {
    const dims = [...first(x).dims];
    // Where a run chooses what it cuts out, all of it is the most that can be left.
    if (!starts?.contents || !ends?.contents) return [like(x, dims)];
    const [from, to] = [known(starts), known(ends)];
    for (const [index, axis] of known(axes).entries()) {
      dims[axis] = Math.min(at(to, index), at(dims, axis)) - at(from, index);
    }
    return [like(x, dims)];
  },
  Gather: ([x, indices], node) => {
    const { dims } = first(x);
    const axis = axisOf(first(x), integer(node, 'axis', 0));
    return [like(x, [...dims.slice(0, axis), ...first(indices).dims, ...dims.slice(axis + 1)])];
  },
  GatherND: ([x, indices], node) => {
    const batch = integer(node, 'batch_dims', 0);
    const index = first(indices).dims;
    return [like(x, [...index.slice(0, -1), ...first(x).dims.slice(batch + at(index, index.length - 1))])];
  },
  ArgMax: ([x], node) => {
    const axis = axisOf(first(x), integer(node, 'axis', 0));
    return [{ dims: replaced(first(x).dims, axis, 1), type: 'int64' }];
  },
  Resize: ([x, , scales, sizes]) => {
    const { dims } = first(x);
    if (scales)
      return [
        like(
          x,
          dims.map((size, axis) => Math.floor(size * at(known(scales), axis))),
        ),
      ];
    return [like(x, known(sizes))];
  },
  Conv: ([x, weight], node) => {
    const channelsLast = node.domain === 'com.ms.internal.nhwc';
    const [batch = 0, ...rest] = first(x).dims;
    const size = channelsLast ? rest.slice(0, -1) : rest.slice(1);
    // Filters may be in either layout: the sizes of their kernel are an attribute, too.
    const channels = at(first(weight).dims, 0);
    const kernel = integers(node, 'kernel_shape');
    const pads = integers(node, 'pads');
    const strides = integers(node, 'strides');
    const out = size.map((length, axis) => {
      const padded = length + at(pads, axis) + at(pads, axis + size.length);
      return Math.floor((padded - at(kernel, axis)) / at(strides, axis)) + 1;
    });
    return [like(x, channelsLast ? [batch, ...out, channels] : [batch, channels, ...out])];
  },
  Gemm: ([a, b], node) => [like(a, [at(first(a).dims, 0), at(first(b).dims, integer(node, 'transB', 0) ? 0 : 1)])],
  FusedMatMul: matrixProduct,
  MatMul: matrixProduct,
  MultiHeadAttention: ([query, , value]) => [
    like(query, [...first(query).dims.slice(0, -1), first(value).dims.at(-1) as number]),
  ],
};

function same([x]: readonly (KnownValue | undefined)[]): KnownValue[] {
  return [like(x, first(x).dims)];
}

function broadcast([a, b]: readonly (KnownValue | undefined)[], _node: GraphNode): KnownValue[] {
  return [like(a, broadcastDims(first(a).dims, first(b).dims))];
}

function broadcastDims(left: readonly number[], right: readonly number[]): number[] {
  const [long, short] = left.length < right.length ? [right, left] : [left, right];
  const added = long.length - short.length;
  return long.map((size, axis) => Math.max(size, axis < added ? 1 : (short[axis - added] as number)));
}

function matrixProduct([a, b]: readonly (KnownValue | undefined)[], node: GraphNode): KnownValue[] {
  const columns = first(b).dims.at(integer(node, 'transB', 0) ? -2 : -1) as number;
  return [like(a, [...first(a).dims.slice(0, -1), columns])];
}

/** Reductions keep the axes that they reduce, with a size of 1. */
function reduced([x, axes]: readonly (KnownValue | undefined)[]): KnownValue[] {
  const reducedAxes = known(axes);
  return [
    like(
      x,
      first(x).dims.map((size, axis) => (reducedAxes.includes(axis) ? 1 : size)),
    ),
  ];
}

/** ONNX Reshape: 0 keeps a dimension, -1 is what remains. */
function reshaped(dims: readonly number[], shape: readonly number[]): number[] {
  const kept = shape.map((size, axis) => (size === 0 ? at(dims, axis) : size));
  const fixed = elementCount(kept.filter((size) => size !== -1));
  return kept.map((size) => (size === -1 ? elementCount(dims) / fixed : size));
}

function like(value: KnownValue | undefined, dims: readonly number[]): KnownValue {
  return { dims, type: first(value).type };
}

function first(value: KnownValue | undefined): KnownValue {
  if (!value) throw new Error('an input is missing');
  return value;
}

function known(value: KnownValue | undefined): readonly number[] {
  if (!value?.contents) throw new Error('the contents of an input are not known before the run');
  return value.contents;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`there is no dimension ${index} in [${values.join(', ')}]`);
  return value;
}

function replaced(dims: readonly number[], axis: number, size: number): number[] {
  return dims.map((old, index) => (index === axis ? size : old));
}

function axisOf(value: KnownValue, axis: number): number {
  return axis < 0 ? axis + value.dims.length : axis;
}

function integer({ attributes }: GraphNode, name: string, fallback: number): number {
  const attribute = attributes[name];
  return attribute?.kind === 'int' ? attribute.value : fallback;
}

function integers({ attributes }: GraphNode, name: string): readonly number[] {
  const attribute = attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : [];
}
