import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import type { StoredTensor, StoredType } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { transpose } from '../../onnx/operators.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { parseT5Config } from './config.ts';
import { buildT5Encoder } from './graph.ts';

/** Products are rounded to float16 here; the runtime computes those of the CPU dialect in float32, whatever their type. */
const halfPrecision: Dialect = {
  ...cpuDialect,
  id: 'cpu-float16',
  computeType: 'float16',
  linear: (g, x, weight) => g.node('MatMul', [x, transpose(g, weight.value, [1, 0])]),
};

let network: ReferenceNetwork;
afterEach(() => network.remove());

async function encode(weights = WeightView.open(network.path), dialect: Dialect = cpuDialect): Promise<Tensor> {
  const model = buildT5Encoder(parseT5Config(network.config, 'config.json'), weights, dialect);
  return (await runOnce(model, { input_ids: network.inputIds })).hidden_states as Tensor;
}

test('gives the hidden states of transformers', async () => {
  network = new ReferenceNetwork('t5');
  const weights = WeightView.open(network.path);
  const states = await encode(weights);
  expect(states.dims).toEqual([...network.inputIds.dims, network.config.d_model]);
  expect(relativeError(states, network.output('last'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('t5', dtype);
  expect(relativeError(await encode(), network.output('last'))).toBeLessThan(1e-5);
});

test('finds its embedding under the name of the encoder, too', async () => {
  network = new ReferenceNetwork('t5', 'F32', (tensors) => {
    tensors['encoder.embed_tokens.weight'] = tensors['shared.weight'] as StoredTensor;
    delete tensors['shared.weight'];
  });
  expect(relativeError(await encode(), network.output('last'))).toBeLessThan(1e-5);
});

test('holds in float16 what large encoders add to their hidden states', async () => {
  network = new ReferenceNetwork('t5', 'F16', (tensors) => {
    const name = 'encoder.block.1.layer.1.DenseReluDense.wo.weight';
    const { shape, values } = tensors[name] as StoredTensor;
    tensors[name] = { shape, values: values.map((value) => value * 32768) };
  });
  const expected = (await encode()) as Tensor<'float32'>;
  const actual = await encode(undefined, halfPrecision);
  expect(relativeError(actual, expected.data)).toBeLessThan(5e-3);
});
