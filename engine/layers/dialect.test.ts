import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../tests/support/networks.ts';
import { parseUnetConfig } from '../models/unet/config.ts';
import { buildUnet } from '../models/unet/graph.ts';
import { parseVaeConfig } from '../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../models/vae/graph.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { add, concat, reshape, shapeOf, transpose } from '../onnx/operators.ts';
import { tensor } from '../tensor/tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import type { Dialect } from './dialect.ts';
import { cpuDialect } from './dialects/cpu.ts';

const toLast = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 2, 3, 1]);
const toFirst = (g: GraphBuilder, x: Value) => transpose(g, x, [0, 3, 1, 2]);

/** Images with their channels last, as GPU kernels want them: slow here, but what networks assume of layouts shows. */
const channelsLast: Dialect = {
  ...cpuDialect,
  id: 'channels-last',
  imageInput: toLast,
  imageOutput: toFirst,
  imageToTokens: (g, x, channels) => reshape(g, x, [0, -1, channels]),
  tokensToImage(g, tokens, like, channels) {
    return g.node('Reshape', [tokens, concat(g, [shapeOf(g, like, 0, 3), g.constant('int64', [channels])], 0)]);
  },
  joinChannels: (g, images) => concat(g, images, 3),
  addToChannels: (g, image, vector) => add(g, image, g.node('Unsqueeze', [vector, g.constant('int64', [1, 2])])),
  convolution: (g, image, ...rest) => toLast(g, cpuDialect.convolution(g, toFirst(g, image), ...rest)),
  groupNorm: (g, image, ...rest) => toLast(g, cpuDialect.groupNorm(g, toFirst(g, image), ...rest)),
  upsample(g, image, like, channels) {
    return toLast(g, cpuDialect.upsample(g, toFirst(g, image), like && toFirst(g, like), channels));
  },
};

let network: ReferenceNetwork;
afterEach(() => network.remove());

test.each(['unet_sd15', 'unet_sdxl'])('%s does not depend on the layout of images', async (name) => {
  network = new ReferenceNetwork(name);
  const model = buildUnet(parseUnetConfig(network.config, name), WeightView.open(network.path), channelsLast);
  const inputs = { ...network.inputs, timestep: tensor('float32', [1], Float32Array.of(741)) };
  const { prediction } = await runOnce(model, inputs);
  expect(relativeError(prediction, network.output('prediction'))).toBeLessThan(1e-5);
});

test('the autoencoder does not depend on the layout of images', async () => {
  network = new ReferenceNetwork('vae');
  const config = parseVaeConfig(network.config, 'vae');
  const weights = WeightView.open(network.path);
  const { mean } = await runOnce(buildVaeEncoder(config, weights, channelsLast), { sample: network.input('sample') });
  const decoder = buildVaeDecoder(config, weights, channelsLast);
  const { image } = await runOnce(decoder, { latents: network.input('latents') });
  expect(relativeError(mean, network.output('mean'))).toBeLessThan(1e-5);
  expect(relativeError(image, network.output('image'))).toBeLessThan(1e-5);
});
