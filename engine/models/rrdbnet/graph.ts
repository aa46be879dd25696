import { convolution } from '../../layers/convolution.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { float } from '../../onnx/attributes.ts';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/graph-builder.ts';
import { add, multiply } from '../../onnx/operators.ts';
import type { RrdbNet, RrdbNetShape } from './layout.ts';

/** What a block's result counts beside its input. */
const RESIDUAL = 0.2;
const DENSE_BLOCKS = 3;
const DENSE_LAYERS = 5;

/**
 * An upscaler of residual-in-residual dense blocks (ESRGAN, https://arxiv.org/abs/1809.00219; basicsr: RRDBNet).
 *
 * Input: `image` float32 [batch, 3 · unshuffle², height, width] in 0…1, with the pixels of each square of `unshuffle` as
 * channels (torch.nn.PixelUnshuffle). Output: `upscaled` float32 [batch, 3, height · f, width · f] with
 * f = scale · unshuffle, about 0…1, not clamped.
 *
 * @throws HeadroomError `model` if the weights are not those of the shape
 */
export function buildRrdbNet({ shape, weights }: RrdbNet, dialect: Dialect): OnnxModel {
  const g = GraphBuilder.create('rrdbnet', dialect);
  const s = new LayerScope(g, weights, dialect);
  const { channels, blocks, doublings, unshuffle } = shape;
  const same = { from: channels, to: channels };
  const colours = 3 * unshuffle ** 2;

  const image = g.input({ name: 'image', type: 'float32', dims: ['batch', colours, 'height', 'width'] });
  const first = convolution(s.scope('conv_first'), dialect.imageInput(g, image), { from: colours, to: channels });
  let x = first;
  for (let block = 0; block < blocks; block++) x = residualBlock(s.scope(`body.${block}`), x, shape);
  x = add(g, first, convolution(s.scope('conv_body'), x, same));
  for (let doubling = 1; doubling <= doublings; doubling++) {
    const doubled = dialect.upsample(g, x, undefined, channels);
    x = leakyRelu(g, convolution(s.scope(`conv_up${doubling}`), doubled, same));
  }
  x = leakyRelu(g, convolution(s.scope('conv_hr'), x, same));
  x = convolution(s.scope('conv_last'), x, { from: channels, to: 3 });
  const dims = ['batch', 3, 'upscaled_height', 'upscaled_width'];
  g.output({ name: 'upscaled', type: 'float32', dims }, dialect.imageOutput(g, x));
  return g.build();
}

/** Three dense blocks, and a part of what they make added to what they were given. */
function residualBlock(s: LayerScope, x: Value, shape: RrdbNetShape): Value {
  let hidden = x;
  for (let block = 1; block <= DENSE_BLOCKS; block++) hidden = denseBlock(s.scope(`rdb${block}`), hidden, shape);
  return addPart(s, x, hidden);
}

/** Five convolutions, each of all that came before it. */
function denseBlock(s: LayerScope, x: Value, { channels, growth }: RrdbNetShape): Value {
  const { graph: g, dialect } = s;
  const made = [x];
  for (let layer = 1; layer < DENSE_LAYERS; layer++) {
    const from = channels + (layer - 1) * growth;
    const all = layer === 1 ? x : dialect.joinChannels(g, made);
    made.push(leakyRelu(g, convolution(s.scope(`conv${layer}`), all, { from, to: growth })));
  }
  const from = channels + (DENSE_LAYERS - 1) * growth;
  return addPart(
    s,
    x,
    convolution(s.scope(`conv${DENSE_LAYERS}`), dialect.joinChannels(g, made), { from, to: channels }),
  );
}

function addPart(s: LayerScope, x: Value, change: Value): Value {
  const { graph: g, dialect } = s;
  return add(g, x, multiply(g, change, g.constant(dialect.computeType, [RESIDUAL])));
}

function leakyRelu(g: GraphBuilder, x: Value): Value {
  return g.node('LeakyRelu', [x], { attributes: { alpha: float(0.2) } });
}
