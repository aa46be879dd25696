import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { clearedMemory } from './cleared.ts';
import { Device, type Precision } from './device.ts';
import { type Measured, measureCall } from './measure.ts';
import { monitorReadings } from './monitor.ts';
import { completePipelines, type FullSizeModel } from './pipelines.ts';
import { ReferenceTensors, readReference } from './reference.ts';
import { type RunFigures, runScenario, runsTable, type Scenario } from './runs.ts';
import { starterParity } from './starter.ts';
import { sweep } from './sweep.ts';
import { comparison } from './tables.ts';

const USAGE = `usage, from the repository's root:
  gpu.mjs starter [--precision float16|float32]      the starter model against its recorded references
  gpu.mjs calls FOLDER [--only TEXT] [--runs N]      full-size models against what reference.py recorded in FOLDER
  gpu.mjs sweep FOLDER [--only TEXT] [--seconds N]   what the arena needs for several shapes
  gpu.mjs runs FOLDER --program FILE [--only MODEL] [--side N]
                                                     runs of the command line FILE under limits, without and with a table
  gpu.mjs cleared FOLDER --model MODEL [--side N]    what Clear cache gives back
  gpu.mjs monitor                                    what the memory panel reads of the GPU, while the starter is on it
options: --provider cuda|cpu   --out FILE.json`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    provider: { type: 'string', default: 'cuda' },
    precision: { type: 'string', default: 'float16' },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '60' },
    program: { type: 'string', default: '.gpu/headroom.mjs' },
    model: { type: 'string', default: 'sd15' },
    side: { type: 'string' },
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

async function runs(folder: string): Promise<unknown> {
  const models = completePipelines(folder).filter((name) => name.includes(values.only));
  const figures: RunFigures[] = [];
  for (const scenario of models.flatMap(scenarios)) {
    const side = Number(values.side ?? scenario.side);
    const run = await runScenario(values.program, folder, provider, { ...scenario, side });
    console.log(JSON.stringify(run));
    figures.push(run);
    // The end of the ladder is an outcome; anything else but success is a defect.
    if (run.exitCode !== 0 && run.exitCode !== 3) fail(`${run.model} ended with ${run.exitCode}: ${run.error}`);
  }
  console.log(runsTable(figures));
  return figures;
}

/** From no limit down to hopeless; sizes are those that the models are trained on. */
function scenarios(model: FullSizeModel): Scenario[] {
  const common = { model, count: 1, steps: 4 };
  switch (model) {
    case 'sd15':
      return [
        ...[null, 4, 2.5, 2, 1.5, 1].map((limit) => ({ ...common, side: 512, count: 8, limit })),
        { ...common, side: 512, count: 1, rows: 20, limit: 2 },
        { ...common, side: 512, count: 1, rows: 20, limit: 2, resident: true },
      ];
    case 'sdxl':
      return [null, 12, 8, 6, 4, 2].map((limit) => ({ ...common, side: 1024, limit }));
    case 'flux':
      return [null, 24, 16, 12, 8, 6].map((limit) => ({ ...common, side: 1024, limit }));
  }
}

async function cleared(folder: string): Promise<unknown> {
  completePipelines(folder);
  const figures = await clearedMemory(folder, provider, values.model, Number(values.side ?? 512));
  const mebibytes = Object.entries(figures).map(([name, bytes]) => `${name} ${(bytes / 2 ** 20).toFixed(0)} MiB`);
  console.log(`${values.model}: ${mebibytes.join(', ')}`);
  const kept = figures.cleared - figures.context - figures.ledgerCleared;
  if (provider === 'cuda' && kept > 64 * 2 ** 20) fail(`Clear cache left ${(kept / 2 ** 20).toFixed(0)} MiB.`);
  return figures;
}

/** Both readers have to agree, and to see what this process has on the GPU. */
async function monitor(): Promise<unknown> {
  await starter();
  const readings = await monitorReadings();
  const { nvml, nvidiaSmi, readMs, driver } = readings;
  console.log(driver);
  console.log(JSON.stringify({ nvml, nvidiaSmi, readMs }, null, 1));
  const apart = (key: 'usedBytes' | 'totalBytes') => Math.abs(nvml[key] - nvidiaSmi[key]) / 2 ** 20;
  if (apart('totalBytes') > 1 || apart('usedBytes') > 64) fail('NVML and nvidia-smi say different things.');
  if (nvml.usedBytes < 256 * 2 ** 20) fail('NVML does not see what is on the GPU.');
  return readings;
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}

function command(): Promise<unknown> {
  const [name, folder] = positionals;
  if (name === 'starter') return starter();
  if (name === 'monitor') return monitor();
  if (name === 'calls' && folder) return calls(folder);
  if (name === 'sweep' && folder) return needs(folder);
  if (name === 'runs' && folder) return runs(folder);
  if (name === 'cleared' && folder) return cleared(folder);
  throw new Error(USAGE);
}

const result = await command();
if (values.out) {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, JSON.stringify(result, null, 1));
}
