import { convolution, downsample, upsample } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, concat, multiply, reshape } from '../../onnx/operators.ts';
import type { WeightView } from '../../weights/weight-view.ts';
import type { VaeConfig } from './config.ts';
import { decoderHead, EPSILON, encoderTail } from './graph.ts';
import { hasShortcut, stepInputs, stepName, type TileBlock, type TileStep } from './tile-steps.ts';

/**
 * The decoder up to the end of its mid block, on the whole of the latents: the attention there looks at all of them, and
 * there are few.
 *
 * Input: `latents` as of `buildVaeDecoder`, of one picture. Outputs: `image` float32 [1, channels, height, width];
 * `moments`, see `buildTileBlock`.
 */
export function buildVaeDecoderHead(config: VaeConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('vae_decoder_head', dialect);
  const { latent_channels: latents, norm_num_groups: groups } = config;
  const size = ['height', 'width'];
  const input = g.input({ name: 'latents', type: 'float32', dims: [1, latents, ...size] });
  const root = new LayerScope(g, weights, dialect);
  const image = dialect.imageOutput(g, decoderHead(root, dialect.imageInput(g, input), config));
  g.output({ name: 'image', type: 'float32', dims: [1, config.block_out_channels.at(-1) as number, ...size] }, image);
  g.output({ name: 'moments', type: 'float32', dims: [groups, 2] }, moments(g, image, groups));
  return g.build();
}

/**
 * A graph of steps that do not touch each other. A run is for one of them and gives the others a single pixel: a session
 * for each step would cost more, on GPUs also memory.
 *
 * Inputs: those of each step (`stepInputs`). Outputs of each step, named after it: `result` float32 [1, to, rows, columns];
 * `moments` float32 [groups, 2] if it is measured, the mean of the result and its sum of squared differences from that
 * mean, for each group; `shortcut` like `result` if it has one.
 */
export function buildTileBlock({ network, name, steps }: TileBlock, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create(`vae_${network}_${name}`, dialect);
  const root = new LayerScope(g, weights, dialect).scope(network);
  for (const step of steps) addStep(root, step);
  return g.build();
}

/**
 * The encoder from its mid block on, on an image of the size of the latents.
 *
 * Input: `image` float32 [1, channels, height, width]. Outputs: as of `buildVaeEncoder`, of one picture.
 */
export function buildVaeEncoderTail(config: VaeConfig, weights: WeightView, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('vae_encoder_tail', dialect);
  const dims = [1, config.block_out_channels.at(-1) as number, 'height', 'width'];
  const image = dialect.imageInput(g, g.input({ name: 'image', type: 'float32', dims }));
  encoderTail(new LayerScope(g, weights, dialect), image, config);
  return g.build();
}

function addStep(root: LayerScope, step: TileStep): void {
  const { graph: g, dialect } = root;
  const { from, to, groups, layer } = step;
  const name = stepName(step);
  const inputs = new Map(stepInputs(step).map((info) => [info.name, g.input(info)]));
  const input = (part: string) => inputs.get(`${name}.${part}`) as Value;
  const output = (part: string, value: Value) =>
    g.output({ name: `${name}.${part}`, type: 'float32', dims: [1, to, `${name}.rows`, `${name}.columns`] }, value);
  const core = (image: Value) =>
    g.node('Slice', [
      dialect.imageOutput(g, image),
      input('core_start'),
      input('core_end'),
      g.constant('int64', [2, 3]),
    ]);

  const s = layer === '' ? root : root.scope(layer);
  // onnxruntime runs first what is added last: then the shortcut's result would wait while the tile is normalized.
  if (hasShortcut(step)) {
    const image = dialect.imageInput(g, input('tile'));
    output('shortcut', core(convolution(s.scope('conv_shortcut'), image, { from, to, kernel: 1 })));
  }
  let result = core(convolved(s, step, input));
  if (step.kind === 'conv2') result = add(g, result, input('image'));
  output('result', result);
  if (step.measured)
    g.output({ name: `${name}.moments`, type: 'float32', dims: [groups, 2] }, moments(g, result, groups));
}

/** A step's convolution with what comes before it. */
function convolved(s: LayerScope, step: TileStep, input: (part: string) => Value): Value {
  const { graph: g, dialect } = s;
  const { kind, from, to } = step;
  const tile = input('tile');
  switch (kind) {
    case 'conv_in':
      return convolution(s.scope(kind), dialect.imageInput(g, tile), { from, to });
    case 'downsample':
      return downsample(s, dialect.imageInput(g, tile), to, 0);
    case 'upsample':
      return upsample(s, dialect.imageInput(g, tile), to);
  }
  const normalized = normalize(s.scope(NORM_NAMES[kind]), tile, input('mean'), input('variance'), step);
  const activated = dialect.activation(g, dialect.imageInput(g, normalized), 'silu');
  return convolution(s.scope(kind), activated, { from, to });
}

const NORM_NAMES = { conv1: 'norm1', conv2: 'norm2', conv_out: 'conv_norm_out' } as const;

/**
 * torch.nn.GroupNorm of a part of an image, float32 [1, channels, height, width], from the mean and variance of the whole,
 * float32 [groups, 1].
 */
function normalize(s: LayerScope, tile: Value, mean: Value, variance: Value, { from, groups }: TileStep): Value {
  const { graph: g } = s;
  const perGroup = (name: string) => reshape(g, s.weight(name, [from], 'float32'), [groups, from / groups]);
  const perChannel = (vector: Value) => reshape(g, vector, [from, 1, 1]);
  const deviation = g.node('Sqrt', [add(g, variance, g.constant('float32', [EPSILON]))]);
  const scale = g.node('Div', [perGroup('weight'), deviation]);
  const shift = g.node('Sub', [perGroup('bias'), multiply(g, mean, scale)]);
  return add(g, multiply(g, tile, perChannel(scale)), perChannel(shift));
}

/** The mean and the sum of squared differences from it for each group of float32 [1, channels, height, width]. */
function moments(g: GraphBuilder, image: Value, groups: number): Value {
  const flat = reshape(g, image, [groups, -1]);
  const pixels = g.constant('int64', [1]);
  const mean = g.node('ReduceMean', [flat, pixels]);
  return concat(g, [mean, g.node('ReduceSumSquare', [g.node('Sub', [flat, mean]), pixels])], 1);
}
