import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { parseClipTextConfig } from './config.ts';
import { buildClipTextEncoder, type ClipTextOptions } from './graph.ts';

let network: ReferenceNetwork;
afterEach(() => network.remove());

async function encode(options?: ClipTextOptions, weights = WeightView.open(network.path)) {
  const config = parseClipTextConfig(network.config, 'config.json');
  return runOnce(buildClipTextEncoder(config, weights, cpuDialect, options), { input_ids: network.inputIds });
}

test.each([
  ['clip', 'plain'],
  ['clip_projected', 'projected'],
] as const)('%s gives the hidden states and the pooled text of transformers', async (name, pooled) => {
  network = new ReferenceNetwork(name);
  const weights = WeightView.open(network.path);
  const last = await encode({ pooled }, weights);
  expect(relativeError(last.hidden_states, network.output('last'))).toBeLessThan(1e-5);
  expect(relativeError(last.pooled, network.output('pooled'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test.each(['clip', 'clip_projected'])(
  '%s gives its penultimate hidden states, with and without the norm',
  async (name) => {
    network = new ReferenceNetwork(name);
    const plain = await encode({ skipLayers: 1, finalNorm: false });
    const normalized = await encode({ skipLayers: 1 });
    expect(relativeError(plain.hidden_states, network.output('penultimate'))).toBeLessThan(1e-5);
    expect(relativeError(normalized.hidden_states, network.output('penultimate_normalized'))).toBeLessThan(1e-5);
  },
);

test('penultimate hidden states and the pooled text of the last layer come from one graph', async () => {
  network = new ReferenceNetwork('clip_projected');
  const outputs = await encode({ skipLayers: 1, finalNorm: false, pooled: 'projected' });
  expect(relativeError(outputs.hidden_states, network.output('penultimate'))).toBeLessThan(1e-5);
  expect(relativeError(outputs.pooled, network.output('pooled'))).toBeLessThan(1e-5);
});

test('layers after the chosen one are left out of the graph', () => {
  network = new ReferenceNetwork('clip');
  const weights = WeightView.open(network.path);
  const config = parseClipTextConfig(network.config, 'config.json');
  buildClipTextEncoder(config, weights, cpuDialect, { skipLayers: 2, finalNorm: false });
  expect(weights.unused().filter((name) => name.includes('layers.1.') || name.includes('layers.2.'))).toHaveLength(32);
  expect(weights.unused().filter((name) => name.includes('layers.0.'))).toEqual([]);
});

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('clip', dtype);
  const { hidden_states } = await encode();
  expect(relativeError(hidden_states, network.output('last'))).toBeLessThan(1e-5);
});

test('finds its tensors with and without the prefix text_model', async () => {
  network = new ReferenceNetwork('clip', 'F32', (tensors) => {
    for (const [name, stored] of Object.entries(tensors)) {
      tensors[`text_model.${name}`] = stored;
      delete tensors[name];
    }
  });
  const { hidden_states } = await encode();
  expect(relativeError(hidden_states, network.output('last'))).toBeLessThan(1e-5);
});

test('more layers than there are cannot be skipped', async () => {
  network = new ReferenceNetwork('clip');
  await expect(encode({ skipLayers: 4 })).rejects.toThrow('has 3 layers, so that 4 cannot be skipped');
});
