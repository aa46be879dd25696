import { int } from '../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { cast, concat, gather, multiply, transpose } from '../onnx/operators.ts';
import type { Arrangement } from '../weights/stored-tensor.ts';
import { scaleOf } from '../weights/tensor-values.ts';
import type { FoundWeight, WeightType, WeightView } from '../weights/weight-view.ts';
import { type ComputeType, type Dialect, isKept, type Matrix } from './dialect.ts';

/**
 * Where a layer is built: the graph, the weights and the device, under one prefix. A layer that reads the tensor
 * `down_blocks.0.resnets.0.conv1.weight` adds its nodes as `down_blocks.0.resnets.0.conv1.…`, so what the runtime says
 * about a node leads to its place in the network.
 */
export class LayerScope {
  readonly graph: GraphBuilder;
  readonly weights: WeightView;
  readonly dialect: Dialect;

  constructor(graph: GraphBuilder, weights: WeightView, dialect: Dialect) {
    this.graph = graph;
    this.weights = weights;
    this.dialect = dialect;
  }

  scope(name: string): LayerScope {
    return new LayerScope(this.graph.scope(name), this.weights.scope(name), this.dialect);
  }

  /**
   * The tensor of that name in the compute type, or in the one that is asked for. A vector is turned when the graph is
   * written; the cast of all else in another type (and what undoes another arrangement) is a node on constants, which the
   * runtime evaluates once when it creates the session.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  weight(name: string, shape: readonly number[], type: ComputeType = this.dialect.computeType): Value {
    const weight = this.weights.expect(name, shape);
    return arranged(this.graph, this.#typed(weight, type), weight.arrangement);
  }

  /**
   * The weight [out, in] of a linear layer. One that is stored transposed is taken as it is: no session has to turn it. Where
   * the device keeps it in its type, it is cast in each run.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  matrix(name: string, shape: readonly [number, number]): Matrix {
    const weight = this.weights.expect(name, shape);
    const { value, scale } = this.#matrix(name, weight);
    if (weight.arrangement === 'transposed') return { value, isTransposed: true, scale };
    return { value: arranged(this.graph, value, weight.arrangement), isTransposed: false, scale };
  }

  /**
   * A weight that is no vector, in the compute type. Where the device keeps it in its own, it is cast in each run.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  large(name: string, shape: readonly number[]): { readonly value: Value; readonly isKept: boolean } {
    const weight = this.weights.expect(name, shape);
    const { value, scale } = this.#matrix(name, weight);
    const scaled = scale === undefined ? value : this.#scaled(value, scale);
    return { value: arranged(this.graph, scaled, weight.arrangement), isKept: this.#isKept(name, weight) };
  }

  /**
   * Rows of a table in the compute type.
   *
   * @param ids int64 of any shape
   * @returns one more dimension than `ids`, the table's second
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  rows(name: string, shape: readonly [number, number], ids: Value): Value {
    const { graph: g } = this;
    const weight = this.weights.expect(name, shape);
    // Kernels pick rows in bfloat16, so that only these are cast, but not in eight bits.
    if (weight.type === 'bfloat16' && this.#isKept(name, weight)) {
      return cast(g, gather(g, g.weight(weight), ids, 0), this.dialect.computeType);
    }
    const { value, scale } = this.#matrix(name, weight);
    const rows = gather(g, arranged(g, value, weight.arrangement), ids, 0);
    return scale === undefined ? rows : this.#scaled(rows, scale);
  }

  /** A float32 value in the device's compute type. */
  fromFloat32(x: Value): Value {
    return this.dialect.computeType === 'float32' ? x : cast(this.graph, x, this.dialect.computeType);
  }

  /** A value of the device's compute type in float32. */
  toFloat32(x: Value): Value {
    return this.dialect.computeType === 'float32' ? x : cast(this.graph, x, 'float32');
  }

  #scaled(value: Value, scale: number): Value {
    const factor = this.graph.constant('float32', [scale], []);
    return this.fromFloat32(multiply(this.graph, this.toFloat32(value), factor));
  }

  /** A weight that is no vector as it is arranged in its file, in the compute type. */
  #matrix(name: string, weight: FoundWeight): Pick<Matrix, 'value' | 'scale'> {
    const { computeType } = this.dialect;
    if (!this.#isKept(name, weight)) return { value: this.#typed(weight, computeType) };
    const kept = this.graph.keptWeight(weight);
    return { value: cast(this.graph, kept, computeType), scale: weight.scale && scaleOf(weight) };
  }

  #isKept(name: string, { type }: FoundWeight): boolean {
    return isKept(this.dialect, type, this.weights.shapeOf(name) ?? []);
  }

  /** A tensor as it is arranged in its file, in another type. */
  #typed(weight: FoundWeight, type: ComputeType): Value {
    const isTyped = weight.type === type && !weight.scale;
    if (weight.shape.length === 1 && !isTyped) return this.graph.turnedVector({ weight, type });
    const value = this.graph.weight(weight, type);
    return weight.scale
      ? scaled(this.graph, value, scaleOf(weight), type)
      : converted(this.graph, value, weight.type, type);
  }
}

function converted(g: GraphBuilder, value: Value, from: WeightType, to: ComputeType): Value {
  return from === to ? value : cast(g, value, to);
}

/** A tensor of eight bits times its scale, in float32: a scale may be too small for float16. */
function scaled(g: GraphBuilder, value: Value, scale: number, type: ComputeType): Value {
  const factor = g.constant('float32', [scale], []);
  return converted(g, multiply(g, cast(g, value, 'float32'), factor), 'float32', type);
}

/** A stored tensor as networks want it. */
function arranged(g: GraphBuilder, value: Value, arrangement: Arrangement): Value {
  switch (arrangement) {
    case 'plain':
      return value;
    case 'transposed':
      return transpose(g, value, [1, 0]);
    case 'halves swapped': {
      const halves = g.nodes('Split', [value], 2, { attributes: { axis: int(0), num_outputs: int(2) } });
      return concat(g, halves.toReversed(), 0);
    }
  }
}
