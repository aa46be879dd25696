import { parseArgs } from 'node:util';
import { HeadroomError } from '../../engine/contract/errors.ts';
import { tryDevice } from '../../engine/host/device.ts';
import type { Dialect } from '../../engine/layers/dialect.ts';
import { cpuDialect } from '../../engine/layers/dialects/cpu.ts';
import type { Provider } from '../../engine/ort/session.ts';
import { ReferenceNetwork, relativeError, runOnce, withScales } from '../support/networks.ts';
import { referenceCalls } from '../support/reference-calls.ts';
import type { StoredType } from '../support/safetensors.ts';

const NETWORKS = `clip clip_projected t5 vae vae_flux unet_sd15 unet_sd2 unet_sdxl unet_inpaint flux_schnell flux_dev`;

// The small reference networks on a provider, in each type that it computes in: a line of errors for each. With weights that
// are stored in another type (in eight bits with scales), the errors are to the processor's results in float32 of the same.
const { positionals, values } = parseArgs({ allowPositionals: true, options: { weights: { type: 'string' } } });
const weights = values.weights as StoredType | undefined;
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
  const network = new ReferenceNetwork(name, weights, weights?.startsWith('F8') ? withScales : undefined);
  const results: string[] = [];
  const exact = referenceCalls(network, cpuDialect);
  for (const [index, { model, inputs, output, expected }] of referenceCalls(network, dialect).entries()) {
    const { [output]: result } = await runOnce(model, inputs, provider);
    const { [output]: computed } = weights && exact[index] ? await runOnce(exact[index].model, inputs) : {};
    const wanted = (computed?.data as Float32Array | undefined) ?? expected;
    results.push(`${output} ${relativeError(result, wanted).toExponential(1)}`);
  }
  network.remove();
  return results;
}
