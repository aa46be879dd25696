import { int } from '../onnx/attributes.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { cast, concat, transpose } from '../onnx/operators.ts';
import type { Arrangement } from '../weights/stored-tensor.ts';
import type { WeightView } from '../weights/weight-view.ts';
import type { ComputeType, Dialect } from './dialect.ts';

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
   * The tensor of that name in the compute type, or in the one that is asked for. The cast of another type (and what
   * undoes another arrangement) is a node on constants, which the runtime evaluates once when it creates the session.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  weight(name: string, shape: readonly number[], type: ComputeType = this.dialect.computeType): Value {
    const weight = this.weights.expect(name, shape);
    const value = this.graph.weight(weight);
    const typed = weight.type === type ? value : cast(this.graph, value, type);
    return arranged(this.graph, typed, weight.arrangement);
  }

  /** A float32 value in the device's compute type. */
  fromFloat32(x: Value): Value {
    return this.dialect.computeType === 'float32' ? x : cast(this.graph, x, this.dialect.computeType);
  }

  /** A value of the device's compute type in float32. */
  toFloat32(x: Value): Value {
    return this.dialect.computeType === 'float32' ? x : cast(this.graph, x, 'float32');
  }
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
