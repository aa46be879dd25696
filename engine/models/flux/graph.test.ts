import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce, runParts } from '../../../tests/support/networks.ts';
import { fluxInputs } from '../../../tests/support/reference-calls.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cutModel } from '../../onnx/cut/cut-model.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { type FluxConfig, parseFluxConfig } from './config.ts';
import { buildFluxTransformer } from './graph.ts';
import { unpackLatents } from './packing.ts';

const halfPrecision: Dialect = { ...cpuDialect, id: 'cpu-float16', computeType: 'float16' };

let network: ReferenceNetwork;
afterEach(() => network.remove());

function config(): FluxConfig {
  return parseFluxConfig(network.config, 'config.json');
}

function unpacked(prediction: Tensor | undefined): Tensor<'float32'> {
  const [, , height, width] = network.input('latents').dims as [number, number, number, number];
  return unpackLatents(prediction as Tensor<'float32'>, height, width);
}

test.each(['flux_dev', 'flux_schnell'])('%s predicts what diffusers predicts', async (name) => {
  network = new ReferenceNetwork(name);
  const weights = WeightView.open(network.path);
  const { prediction } = await runOnce(buildFluxTransformer(config(), weights, cpuDialect), fluxInputs(network));
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('flux_schnell', dtype);
  const model = buildFluxTransformer(config(), WeightView.open(network.path), cpuDialect);
  const { prediction } = await runOnce(model, fluxInputs(network));
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(1e-5);
});

test.each([2, 5, 20])('cut into parts of at most 1/%d it computes what the whole does', async (count) => {
  network = new ReferenceNetwork('flux_dev');
  const whole = buildFluxTransformer(config(), WeightView.open(network.path), cpuDialect);
  const parts = cutModel(whole, whole.weightBytes / count);
  expect(parts.length).toBeGreaterThanOrEqual(count);
  const { prediction } = await runParts(parts, fluxInputs(network));
  expect(prediction).toEqual((await runOnce(whole, fluxInputs(network))).prediction);
});

test('computes in float16', async () => {
  network = new ReferenceNetwork('flux_dev', 'BF16');
  const model = buildFluxTransformer(config(), WeightView.open(network.path), halfPrecision);
  const { prediction } = await runOnce(model, fluxInputs(network));
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(5e-3);
});
