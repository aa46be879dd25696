import { parseArgs } from 'node:util';
import { HeadroomError } from '../../engine/contract/errors.ts';
import { tryDevice } from '../../engine/host/device.ts';
import type { Dialect } from '../../engine/layers/dialect.ts';
import type { Provider } from '../../engine/ort/session.ts';
import { ReferenceNetwork, relativeError, runOnce } from '../support/networks.ts';
import { referenceCalls } from '../support/reference-calls.ts';

const NETWORKS = `clip clip_projected t5 vae vae_flux unet_sd15 unet_sd2 unet_sdxl unet_inpaint flux_schnell flux_dev`;

// The small reference networks on a provider, in each type that it computes in: a line of errors for each.
const { positionals } = parseArgs({ allowPositionals: true });
const [provider = 'webgpu', ...names] = positionals as [Provider, ...string[]];
const device = await tryDevice(provider);
if (typeof device === 'string') throw new HeadroomError('input', `${provider} cannot be used here: ${device}.`);
process.stdout.write(`${device.title}\n`);
for (const dialect of new Set([device.dialect, device.dialect.float32])) {
  for (const name of names.length > 0 ? names : NETWORKS.split(' ')) {
    process.stdout.write(`${dialect.computeType} ${name}: ${(await errors(name, dialect)).join(', ')}\n`);
  }
}

/** Of each recorded call of a network, the relative error to diffusers or transformers in float32. */
async function errors(name: string, dialect: Dialect): Promise<string[]> {
  const network = new ReferenceNetwork(name);
  const results: string[] = [];
  for (const { model, inputs, output, expected } of referenceCalls(network, dialect)) {
    const { [output]: result } = await runOnce(model, inputs, provider);
    results.push(`${output} ${relativeError(result, expected).toExponential(1)}`);
  }
  network.remove();
  return results;
}
