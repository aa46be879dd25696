import type { Value } from '../onnx/graph-builder.ts';
import type { GroupNorm, GroupNormOptions, LayerNorm } from './dialect.ts';
import type { LayerScope } from './layer-scope.ts';

/** torch.nn.GroupNorm on an image, with the activation that follows it. */
export function groupNorm(s: LayerScope, image: Value, options: GroupNormOptions): Value {
  const { graph, scale, bias } = groupNormWeights(s, options);
  return s.dialect.groupNorm(graph, image, scale, bias, options);
}

/** The group norm with its weights, for layers that a device computes together with what comes before. */
export function groupNormWeights(s: LayerScope, options: GroupNormOptions): GroupNorm {
  const vector = (name: string) => s.weight(name, [options.channels], s.dialect.groupNormType);
  return { graph: s.graph, scale: vector('weight'), bias: vector('bias'), options };
}

/** torch.nn.LayerNorm over the last dimension. */
export function layerNorm(s: LayerScope, x: Value, channels: number, epsilon?: number): Value {
  const norm = layerNormWeights(s, channels, epsilon);
  return s.dialect.layerNorm(norm.graph, x, norm.scale, norm.bias, norm.epsilon);
}

/** The layer norm with its weights, for layers that a device computes together with what comes before. */
export function layerNormWeights(s: LayerScope, channels: number, epsilon = 1e-5): LayerNorm {
  return { graph: s.graph, scale: s.weight('weight', [channels]), bias: s.weight('bias', [channels]), epsilon };
}
