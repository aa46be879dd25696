import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import { HeadroomError } from '../../contract/errors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import type { OnnxModel } from '../../onnx/graph-builder.ts';
import { tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { parseUnetConfig } from './config.ts';
import { buildUnet } from './graph.ts';

let network: ReferenceNetwork;
afterEach(() => network.remove());

function build(weights = WeightView.open(network.path)): OnnxModel {
  return buildUnet(parseUnetConfig(network.config, 'config.json'), weights, cpuDialect);
}

async function predict(model: OnnxModel, timestep = 741) {
  const inputs = { ...network.inputs, timestep: tensor('float32', [1], Float32Array.of(timestep)) };
  return (await runOnce(model, inputs)).prediction;
}

test.each([
  ['unet_sd15', 741],
  ['unet_sd2', 741],
  ['unet_inpaint', 0.5],
  ['unet_only_cross_attention', 741],
  ['unet_sdxl', 741],
  ['unet_rare', 741],
])('%s predicts what diffusers predicts', async (name, timestep) => {
  network = new ReferenceNetwork(name);
  const weights = WeightView.open(network.path);
  const prediction = await predict(build(weights), timestep);
  const [batch, , height, width] = network.input('sample').dims;
  expect(prediction?.dims).toEqual([batch, network.config.out_channels, height, width]);
  expect(relativeError(prediction, network.output('prediction'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('unet_inpaint', dtype);
  const prediction = await predict(build(), 0.5);
  expect(relativeError(prediction, network.output('prediction'))).toBeLessThan(1e-5);
});

test('the same config and weights give the same bytes', () => {
  network = new ReferenceNetwork('unet_sd2');
  expect(Buffer.compare(build().bytes, build().bytes)).toBe(0);
});

test('states what a session holds of the weights: float16 is cast to float32', () => {
  network = new ReferenceNetwork('unet_inpaint', 'F16');
  const model = build();
  const view = WeightView.open(network.path);
  const all = view.unused().reduce((sum, name) => sum + (view.shapeOf(name) ?? []).reduce((a, b) => a * b, 1), 0);
  expect(model.weightBytes).toBe(4 * all);
});

test('weights of another config are refused by tensor and both shapes', () => {
  network = new ReferenceNetwork('unet_inpaint');
  const config = parseUnetConfig({ ...network.config, in_channels: 4 }, 'config.json');
  expect(() => buildUnet(config, WeightView.open(network.path), cpuDialect)).toThrow(
    /"conv_in\.weight" of .*unet_inpaint\.safetensors has the shape \[8, 9, 3, 3\], but .* asks for \[8, 4, 3, 3\]/,
  );
});

test('a missing tensor is named', () => {
  network = new ReferenceNetwork('unet_inpaint', 'F32', (tensors) => {
    delete tensors['mid_block.resnets.1.conv2.weight'];
  });
  const error = (() => {
    try {
      build();
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(HeadroomError);
  expect((error as HeadroomError).code).toBe('model');
  expect((error as HeadroomError).message).toContain('"mid_block.resnets.1.conv2.weight" [16, 16, 3, 3] is missing');
});
