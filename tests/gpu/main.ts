import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Device, type Precision } from './device.ts';
import { type Measured, measureCall } from './measure.ts';
import { ReferenceTensors, readReference } from './reference.ts';
import { starterParity } from './starter.ts';
import { sweep } from './sweep.ts';
import { comparison } from './tables.ts';

const USAGE = `usage, from the repository's root:
  gpu.mjs starter [--precision float16|float32]      the starter model against its recorded references
  gpu.mjs calls FOLDER [--only TEXT] [--runs N]      full-size models against what reference.py recorded in FOLDER
  gpu.mjs sweep FOLDER [--only TEXT] [--seconds N]   what the arena needs for several shapes
options: --provider cuda|cpu   --out FILE.json`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    provider: { type: 'string', default: 'cuda' },
    precision: { type: 'string', default: 'float16' },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '60' },
    out: { type: 'string' },
  },
});
const provider = values.provider === 'cpu' ? 'cpu' : 'cuda';

async function starter(): Promise<unknown> {
  const device = await Device.open(provider);
  const parity = await starterParity(device, values.precision as Precision);
  console.log(`starter, ${values.precision}: ${JSON.stringify(parity)}`);
  const near = values.precision === 'float16' ? parity.picture >= 30 : parity.latents <= 1e-3;
  if (!near) fail('The starter model does not draw what was recorded.');
  return parity;
}

async function calls(folder: string): Promise<unknown> {
  const reference = readReference(folder);
  const device = await Device.open(provider);
  const measured: Measured[] = [];
  for (const call of reference.calls) {
    if (!`${call.model} ${call.key}`.includes(values.only)) continue;
    const tensors = new ReferenceTensors(folder, call.model);
    const result = await measureCall(device, folder, call, tensors, { runs: Number(values.runs) });
    console.log(JSON.stringify(result));
    measured.push(result);
  }
  console.log(comparison(reference, measured));
  const wrong = measured.filter(({ errors }) => !Object.values(errors).every(({ exact }) => exact <= 1e-2));
  for (const { model, component } of wrong) fail(`${model} ${component} does not compute what PyTorch computes.`);
  return { machine: reference.machine, measured };
}

async function needs(folder: string): Promise<unknown> {
  const device = await Device.open(provider);
  const deadline = performance.now() + Number(values.seconds) * 1000;
  const results = [];
  const seen = new Set<string>();
  for (const call of readReference(folder).calls) {
    const name = `${call.model} ${call.component}`;
    if (seen.has(name) || call.side === 0 || !name.includes(values.only)) continue;
    seen.add(name);
    for (const need of await sweep(device, folder, call, deadline)) {
      console.log(JSON.stringify(need));
      results.push(need);
    }
  }
  return results;
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}

function command(): Promise<unknown> {
  const [name, folder] = positionals;
  if (name === 'starter') return starter();
  if (name === 'calls' && folder) return calls(folder);
  if (name === 'sweep' && folder) return needs(folder);
  throw new Error(USAGE);
}

const result = await command();
if (values.out) {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, JSON.stringify(result, null, 1));
}
