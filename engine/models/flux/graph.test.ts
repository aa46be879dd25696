import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { type FluxConfig, parseFluxConfig } from './config.ts';
import { buildFluxTransformer, fluxSections } from './graph.ts';
import { packLatents, unpackLatents } from './packing.ts';
import { rotaryInputs } from './positions.ts';

const halfPrecision: Dialect = { ...cpuDialect, id: 'cpu-float16', computeType: 'float16' };

let network: ReferenceNetwork;
afterEach(() => network.remove());

function config(): FluxConfig {
  return parseFluxConfig(network.config, 'config.json');
}

/** The recorded call: timestep 750, guidance 3.5. */
function inputs(): Record<string, Tensor> {
  const { latents: _, ...given } = network.inputs;
  const latents = network.input('latents');
  const [, , height, width] = latents.dims as [number, number, number, number];
  const textTokens = network.input('encoder_hidden_states').dims[1] as number;
  return {
    ...given,
    sample: packLatents(latents),
    timestep: tensor('float32', [1], Float32Array.of(750)),
    ...(config().guidance_embeds ? { guidance: tensor('float32', [1], Float32Array.of(3.5)) } : {}),
    ...rotaryInputs(config(), { textTokens, height: height / 2, width: width / 2 }),
  };
}

function unpacked(prediction: Tensor | undefined): Tensor<'float32'> {
  const [, , height, width] = network.input('latents').dims as [number, number, number, number];
  return unpackLatents(prediction as Tensor<'float32'>, height, width);
}

test.each(['flux_dev', 'flux_schnell'])('%s predicts what diffusers predicts', async (name) => {
  network = new ReferenceNetwork(name);
  const weights = WeightView.open(network.path);
  const { prediction } = await runOnce(buildFluxTransformer(config(), weights, cpuDialect), inputs());
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('flux_schnell', dtype);
  const model = buildFluxTransformer(config(), WeightView.open(network.path), cpuDialect);
  const { prediction } = await runOnce(model, inputs());
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(1e-5);
});

// Two double and three single blocks: sections 0 to 6.
test.each([[[1, 6]], [[3]], [[2, 4]], [[1, 2, 3, 4, 5, 6]]])(
  'cut before sections %j it computes what the whole does',
  async (cuts) => {
    network = new ReferenceNetwork('flux_dev');
    const weights = WeightView.open(network.path);
    const whole = await runOnce(buildFluxTransformer(config(), weights, cpuDialect), inputs());
    const bounds = [0, ...cuts, fluxSections(config())];
    let values = inputs();
    let weightBytes = 0;
    for (const [index, first] of bounds.slice(0, -1).entries()) {
      const part = { first, end: bounds[index + 1] as number };
      const model = buildFluxTransformer(config(), weights, cpuDialect, part);
      const feeds = Object.fromEntries(model.inputs.map(({ name }) => [name, values[name] as Tensor]));
      const outputs = Object.entries(await runOnce(model, feeds));
      values = { ...values, ...Object.fromEntries(outputs.map(([name, value]) => [name.replace('next_', ''), value])) };
      weightBytes += model.weightBytes;
    }
    expect(values.prediction).toEqual(whole.prediction);
    expect(weightBytes).toBe(buildFluxTransformer(config(), weights, cpuDialect).weightBytes);
  },
);

test('a part that is none is refused', () => {
  network = new ReferenceNetwork('flux_dev');
  const weights = WeightView.open(network.path);
  const build = (first: number, end: number) => buildFluxTransformer(config(), weights, cpuDialect, { first, end });
  for (const [first, end] of [
    [2, 2],
    [-1, 3],
    [3, 8],
  ] as const) {
    expect(() => build(first, end)).toThrow(`The transformer has 7 sections, none from ${first} to ${end}.`);
  }
});

test('computes in float16', async () => {
  network = new ReferenceNetwork('flux_dev', 'BF16');
  const model = buildFluxTransformer(config(), WeightView.open(network.path), halfPrecision);
  const { prediction } = await runOnce(model, inputs());
  expect(relativeError(unpacked(prediction), network.output('prediction'))).toBeLessThan(5e-3);
});
