import { int } from '../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { cast, concat, gather, multiply, transpose } from '../onnx/operators.ts';
import type { Arrangement } from '../weights/stored-tensor.ts';
import { scaleOf } from '../weights/tensor-values.ts';
import { channelsLast, type FoundWeight, type WeightType, type WeightView } from '../weights/weight-view.ts';
import { type ComputeType, type Dialect, type Filters, isKept, type Matrix } from './dialect.ts';

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
   * A small weight, such as a vector, in the compute type or in the one that is asked for: it is turned when the graph is
   * written. What undoes another arrangement is a node on constants, which the runtime evaluates once when it creates the
   * session.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  weight(name: string, shape: readonly number[], type: ComputeType = this.dialect.computeType): Value {
    const weight = this.weights.expect(name, shape);
    const isTyped = weight.type === type && !weight.scale;
    const value = isTyped ? this.graph.weight(weight) : this.graph.turnedWeight({ weight, type });
    return arranged(this.graph, value, weight.arrangement);
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
   * The filters [out, in, height, width] of a convolution in the compute type. Where the device keeps them in their own, they
   * are cast in each run, and may be channels last; else the cast is a node on constants, too.
   *
   * @throws HeadroomError `model` if they are missing or have another shape
   */
  filters(name: string, shape: readonly [number, number, number, number]): Filters {
    const weight = this.weights.expect(name, shape);
    if (!this.#isKept(name, weight)) return { value: this.#typed(weight) };
    const [, , height, width] = shape;
    // Filters of one pixel are the same either way.
    const isPoint = height * width === 1;
    const { value, scale } = this.#matrix(name, isPoint ? { ...weight, shape: channelsLast(shape) } : weight);
    const scaled = scale === undefined ? value : this.#scaled(value, scale);
    return { value: scaled, keptAs: isPoint || weight.isChannelsLast ? 'channels last' : 'channels first' };
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

  /** A value of the compute type times a number, in float32. */
  #scaled(value: Value, scale: number): Value {
    const { computeType } = this.dialect;
    return scaled(this.graph, value, scale, { from: computeType, to: computeType });
  }

  /** A large weight as it is arranged in its file, in the compute type. */
  #matrix(name: string, weight: FoundWeight): Pick<Matrix, 'value' | 'scale'> {
    const { computeType } = this.dialect;
    if (!this.#isKept(name, weight)) return { value: this.#typed(weight) };
    const kept = this.graph.keptWeight(weight);
    return { value: cast(this.graph, kept, computeType), scale: weight.scale && scaleOf(weight) };
  }

  #isKept(name: string, { type, scale }: FoundWeight): boolean {
    return isKept(this.dialect, { type, shape: this.weights.shapeOf(name) ?? [], scale });
  }

  /** The same by nodes on constants. */
  #typed(weight: FoundWeight): Value {
    const { computeType } = this.dialect;
    const value = this.graph.weight(weight, computeType);
    return weight.scale
      ? scaled(this.graph, value, scaleOf(weight), { from: weight.type, to: computeType })
      : converted(this.graph, value, weight.type, computeType);
  }
}

function converted(g: GraphBuilder, value: Value, from: WeightType, to: ComputeType): Value {
  return from === to ? value : cast(g, value, to);
}

/** A value times a number, in float32: the scale of a tensor of eight bits may be too small for float16. */
function scaled(
  g: GraphBuilder,
  value: Value,
  scale: number,
  { from, to }: { readonly from: WeightType; readonly to: ComputeType },
): Value {
  const factor = g.constant('float32', [scale], []);
  return converted(g, multiply(g, converted(g, value, from, 'float32'), factor), 'float32', to);
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
