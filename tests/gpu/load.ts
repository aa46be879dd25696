// Loads all that a picture needs of a checkpoint, everything resident, several times: while NVIDIA's libraries start, one network
// after the other, side by side as a run does, and so with graphs that are known by then. No weights are needed, files are hollow:
//   node tests/gpu/bundle.mjs .gpu/load.mjs tests/gpu/load.ts
//   node .gpu/load.mjs sdxl [--weights F8_E4M3]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildComponent, componentDialect, componentTensors, type Model } from '../../engine/families/model.ts';
import { providerProblem } from '../../engine/host/probe.ts';
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

/** Each load of everything: what it is called, and how. */
const LOADS = [
  { name: 'while libraries start', sideBySide: false, build: buildComponent },
  { name: 'one by one', sideBySide: false, build: buildComponent },
  { name: 'side by side', sideBySide: true, build: buildComponent },
  { name: 'while graphs are remembered', sideBySide: true, build: loadedGraph },
  { name: 'remembered', sideBySide: true, build: loadedGraph },
] as const;

/** One line for each component: its bytes, and how long it took to prepare; and one for all: seconds of each load. */
async function measure(model: Model): Promise<void> {
  const provider = values.provider === 'cpu' ? 'cpu' : 'cuda';
  const device = provider === 'cpu' ? cpuDialect : cudaDialect;
  // As an engine does before: what is free on a card can be read once its libraries are there.
  const problem = await providerProblem(provider);
  if (problem !== null) throw new Error(problem);
  const memory = await DeviceMemory.open(provider, null);
  const components = new Components(provider, memory, { onBusy: () => {}, onChange: () => {} });
  const { textEncoders, denoiser, vaeDecoder } = model.family;
  const kept = new DerivedWeights(join(folder, 'derived'));
  const networks = [];
  for (const component of [denoiser, ...textEncoders, vaeDecoder]) {
    const tensors = componentTensors(model, component);
    const dialect = componentDialect(model, component, device);
    const convert = () => kept.converted(tensors, dialect, async () => {});
    const [derived, prepareSeconds] = await timed(convert);
    readThrough([...tensors, ...derived].map(({ path }) => path));
    const storedBytes = tensors.reduce((sum, { length }) => sum + length, 0);
    console.log(JSON.stringify({ component: component.name, storedBytes, prepareSeconds }));
    networks.push({ component, dialect, convert, storedBytes });
  }
  const seconds: Record<string, number> = {};
  for (const { name, sideBySide, build } of LOADS) {
    await components.evictIdle();
    const sources = networks.map(({ component, dialect, convert }) => ({
      model: model.id,
      component: component.name,
      version: '',
      build: async () => build(model, component, dialect, await convert()),
    }));
    [, seconds[name]] = await timed(async () => {
      if (sideBySide) await components.loadSideBySide(sources, 0);
      for (const source of sources) (await components.lease(source)).release();
    });
  }
  const storedBytes = networks.reduce((sum, network) => sum + network.storedBytes, 0);
  console.log(JSON.stringify({ all: model.title, storedBytes, seconds, inUseBytes: memory.account()?.inUseBytes }));
}

const folder = mkdtempSync(join(tmpdir(), 'headroom-hollow-'));
try {
  await measure(chosenHollowModel(folder, positionals[0], values.weights));
} finally {
  rmSync(folder, { recursive: true });
}
