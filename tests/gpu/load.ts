// Loads all that a picture needs of a checkpoint, everything resident, three times: while NVIDIA's libraries start, after that,
// and with graphs that are known by then. No weights are needed, files are hollow:
//   node tests/gpu/bundle.mjs .gpu/load.mjs tests/gpu/load.ts
//   node .gpu/load.mjs sdxl [--weights F8_E4M3]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildComponent, componentDialect, componentTensors, type Model } from '../../engine/families/model.ts';
import { cpuDialect } from '../../engine/layers/dialects/cpu.ts';
import { cudaDialect } from '../../engine/layers/dialects/cuda.ts';
import { Components } from '../../engine/memory/components.ts';
import { DeviceMemory } from '../../engine/memory/device-memory.ts';
import { DerivedWeights } from '../../engine/pipelines/derived/derived-weights.ts';
import { loadedGraph } from '../../engine/pipelines/loaded-graph.ts';
import { chosenHollowModel } from '../support/hollow-model.ts';
import { readThrough, timed } from './measure.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { provider: { type: 'string', default: 'cuda' }, weights: { type: 'string', default: 'F16' } },
});

const TIMES = 3;

interface Measured {
  readonly component: string;
  readonly storedBytes: number;
  readonly prepareSeconds: number;
  /** Of each time that it was loaded. */
  readonly seconds: number[];
  readonly load: (time: number) => Promise<void>;
}

/** One line for each component, and one for all: bytes of the checkpoint and on the device, and seconds. */
async function measure(model: Model): Promise<void> {
  const provider = values.provider === 'cpu' ? 'cpu' : 'cuda';
  const device = provider === 'cpu' ? cpuDialect : cudaDialect;
  const memory = await DeviceMemory.open(provider, null);
  const components = new Components(provider, memory, { onBusy: () => {}, onChange: () => {} });
  const { textEncoders, denoiser, vaeDecoder } = model.family;
  const kept = new DerivedWeights(join(folder, 'derived'));
  const measured: Measured[] = [];
  for (const component of [...textEncoders, denoiser, vaeDecoder]) {
    const tensors = componentTensors(model, component);
    const dialect = componentDialect(model, component, device);
    const convert = () => kept.converted(tensors, dialect, async () => {});
    const [derived, prepareSeconds] = await timed(convert);
    readThrough([...tensors, ...derived].map(({ path }) => path));
    const source = { model: model.id, component: component.name, version: '', parts: 1 };
    const load = async (time: number) => {
      const build = time === 0 ? buildComponent : loadedGraph;
      const lease = { ...source, build: async () => build(model, component, dialect, await convert()) };
      (await components.lease(lease)).release();
    };
    const storedBytes = tensors.reduce((sum, { length }) => sum + length, 0);
    measured.push({ component: component.name, storedBytes, prepareSeconds, seconds: [], load });
  }
  for (let time = 0; time < TIMES; time++) {
    await components.evictIdle();
    for (const { load, seconds } of measured) seconds.push((await timed(() => load(time)))[1]);
  }
  for (const { load: _, ...figures } of measured) console.log(JSON.stringify(figures));
  const sum = (figure: (one: Measured) => number) => measured.reduce((total, one) => total + figure(one), 0);
  const storedBytes = sum((one) => one.storedBytes);
  const seconds = Array.from({ length: TIMES }, (_, time) => sum((one) => one.seconds[time] as number));
  console.log(JSON.stringify({ all: model.title, storedBytes, seconds, inUseBytes: memory.account()?.inUseBytes }));
}

const folder = mkdtempSync(join(tmpdir(), 'headroom-hollow-'));
try {
  await measure(chosenHollowModel(folder, positionals[0], values.weights));
} finally {
  rmSync(folder, { recursive: true });
}
