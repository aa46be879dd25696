import type { LayerScope } from '../../layers/layer-scope.ts';
import type { Value } from '../../onnx/graph-builder.ts';
import { add, gather, shapeOf, transpose } from '../../onnx/operators.ts';
import type { T5Config } from './config.ts';

/** Twice what the encoders of image models are given. Positions are read off a table: see `cudaDialect`. */
const LONGEST = 1024;

/**
 * What T5 adds to attention scores in place of position embeddings: a number per head and distance, the same in every
 * block. Computed in each run from the number of tokens, so that no [heads, tokens, tokens] table is held between runs.
 *
 * @param ids int64 [batch, tokens]
 * @returns [1, heads, tokens, tokens] in the compute type
 */
export function positionBias(s: LayerScope, ids: Value, config: T5Config): Value {
  const { graph: g } = s;
  const { num_heads: heads, relative_attention_num_buckets: buckets, relative_attention_max_distance: far } = config;
  const table = transpose(g, s.weight('relative_attention_bias.weight', [buckets, heads]), [1, 0]);
  const distances = Array.from({ length: 2 * far + 1 }, (_, index) => index - far);
  const bucketOf = distances.map((distance) => relativePositionBucket(distance, buckets, far));
  const byDistance = gather(g, table, g.constant('int64', bucketOf), 1);

  const numbers = g.constant('int64', [...Array(LONGEST).keys()]);
  const positions = g.node('Slice', [
    numbers,
    g.constant('int64', [0]),
    shapeOf(g, ids, 1, 2),
    g.constant('int64', [0]),
  ]);
  const row = g.node('Unsqueeze', [positions, g.constant('int64', [0])]);
  const column = g.node('Unsqueeze', [positions, g.constant('int64', [1])]);
  const distance = g.node('Sub', [row, column]);
  const limits = [g.constant('int64', [-far], []), g.constant('int64', [far], [])];
  const index = add(g, g.node('Clip', [distance, ...limits]), g.constant('int64', [far], []));
  return g.node('Unsqueeze', [gather(g, byDistance, index, 1), g.constant('int64', [0])]);
}

/**
 * Near distances have a bucket each, farther ones share buckets of logarithmic width, and all from `far` on the last; one
 * half of the buckets for keys before the query, one for those after it. transformers:
 * T5Attention._relative_position_bucket; each rounding of torch's float32 arithmetic is repeated.
 *
 * @param distance position of the key less that of the query
 */
function relativePositionBucket(distance: number, buckets: number, far: number): number {
  const half = buckets / 2;
  const first = distance > 0 ? half : 0;
  const steps = Math.abs(distance);
  const near = half / 2;
  if (steps < near) return first + steps;
  const logarithm = Math.fround(Math.log(Math.fround(steps / near)));
  const fraction = Math.fround(logarithm / Math.fround(Math.log(far / near)));
  return first + Math.min(near + Math.floor(Math.fround(fraction * (half - near))), half - 1);
}
