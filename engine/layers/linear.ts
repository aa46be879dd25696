import type { Value } from '../onnx/graph-builder.ts';
import type { Linear } from './dialect.ts';
import type { LayerScope } from './layer-scope.ts';

export interface LinearSize {
  readonly from: number;
  readonly to: number;
  readonly bias?: boolean;
}

/** torch.nn.Linear, over the last dimension: [..., from] → [..., to]. */
export function linear(s: LayerScope, x: Value, { from, to, bias = true }: LinearSize): Value {
  const weight = s.matrix('weight', [to, from]);
  return s.dialect.linear(s.graph, x, weight, bias ? s.weight('bias', [to]) : undefined);
}

/** torch.nn.Linear with a bias, whose result is added to `residual`. */
export function linearWithResidual(s: LayerScope, x: Value, size: LinearSize, residual: Value): Value {
  return s.dialect.linearWithResidual(x, linearWeights(s, size), residual);
}

/** torch.nn.Linear with a bias, then torch.nn.GELU(approximate='tanh'). */
export function linearGelu(s: LayerScope, x: Value, size: LinearSize): Value {
  return s.dialect.linearGelu(x, linearWeights(s, size));
}

/** A torch.nn.Linear with a bias and its weights, for layers that a device computes together with what follows. */
export function linearWeights(s: LayerScope, { from, to }: LinearSize): Linear {
  return { graph: s.graph, weight: s.matrix('weight', [to, from]), bias: s.weight('bias', [to]) };
}
