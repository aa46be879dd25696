import { afterEach, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { parseVaeConfig } from './config.ts';
import { buildVaeDecoder, buildVaeEncoder } from './graph.ts';

let network: ReferenceNetwork;
afterEach(() => network.remove());

function open() {
  return { config: parseVaeConfig(network.config, 'config.json'), weights: WeightView.open(network.path) };
}

test.each(['vae', 'vae_old_names', 'vae_bare', 'vae_flux'])(
  '%s encodes and decodes as diffusers does',
  async (name) => {
    network = new ReferenceNetwork(name);
    const { config, weights } = open();
    const encoder = buildVaeEncoder(config, weights, cpuDialect);
    const decoder = buildVaeDecoder(config, weights, cpuDialect);
    const encoded = await runOnce(encoder, { sample: network.input('sample') });
    const decoded = await runOnce(decoder, { latents: network.input('latents') });
    expect(relativeError(encoded.mean, network.output('mean'))).toBeLessThan(1e-5);
    expect(relativeError(encoded.logvar, network.output('logvar'))).toBeLessThan(1e-5);
    expect(relativeError(decoded.image, network.output('image'))).toBeLessThan(1e-5);
    expect(encoded.mean?.dims).toEqual(network.input('latents').dims);
    expect(decoded.image?.dims).toEqual(network.input('sample').dims);
    expect(weights.unused()).toEqual([]);
  },
);

test.each<StoredType>(['F16', 'BF16'])('weights stored as %s give what their numbers give in F32', async (dtype) => {
  network = new ReferenceNetwork('vae', dtype);
  const { config, weights } = open();
  const { image } = await runOnce(buildVaeDecoder(config, weights, cpuDialect), { latents: network.input('latents') });
  expect(relativeError(image, network.output('image'))).toBeLessThan(1e-5);
});
