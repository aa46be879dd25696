import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { cast } from '../onnx/operators.ts';
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
   * The tensor of that name in the compute type, or in the one that is asked for. The cast of another type is a node on
   * constants, which the runtime evaluates once when it creates the session.
   *
   * @throws HeadroomError `model` if it is missing or has another shape
   */
  weight(name: string, shape: readonly number[], type: ComputeType = this.dialect.computeType): Value {
    const weight = this.weights.expect(name, shape);
    const value = this.graph.weight(weight);
    return weight.type === type ? value : cast(this.graph, value, type);
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
