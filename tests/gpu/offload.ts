// Measures a network that is run whole or in parts, under a limit if one is given; no weights are needed, files are hollow:
//   node tests/gpu/bundle.mjs .gpu/offload.mjs tests/gpu/offload.ts
//   node .gpu/offload.mjs flux_dev --limit 12 [--component text_encoder_2] [--parts 8] [--side 1024] [--runs 3] [--weights BF16] [--eight-bits]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  buildComponent,
  componentDialect,
  componentTensors,
  inEightBits,
  type Model,
} from '../../engine/families/model.ts';
import { cpuDialect } from '../../engine/layers/dialects/cpu.ts';
import { cudaDialect } from '../../engine/layers/dialects/cuda.ts';
import { Components } from '../../engine/memory/components.ts';
import { Corrections } from '../../engine/memory/corrections.ts';
import { DeviceMemory } from '../../engine/memory/device-memory.ts';
import { undegradedPlan } from '../../engine/memory/plan.ts';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { DerivedWeights } from '../../engine/pipelines/derived/derived-weights.ts';
import { stageNeeds } from '../../engine/pipelines/needs.ts';
import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { chosenHollowModel } from '../support/hollow-model.ts';
import { readThrough, timed } from './measure.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    provider: { type: 'string', default: 'cuda' },
    component: { type: 'string' },
    limit: { type: 'string' },
    parts: { type: 'string', default: '8' },
    side: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '3' },
    weights: { type: 'string', default: 'F16' },
    'eight-bits': { type: 'boolean', default: false },
  },
});

/** One line for each run: the first loads everything and finds out what stays. */
async function measure(model: Model): Promise<void> {
  const provider = values.provider === 'cpu' ? 'cpu' : 'cuda';
  const limitBytes = values.limit === undefined ? null : Math.round(Number(values.limit) * 2 ** 30);
  const memory = await DeviceMemory.open(provider, limitBytes);
  const loads = new LoadClock();
  const components = new Components(provider, memory, {
    onBusy: (lease) => loads.hear(lease?.what),
    onChange: () => {},
  });
  const { textEncoders, denoiser, vaeDecoder } = model.family;
  const wanted = values.component ?? denoiser.name;
  const component = [...textEncoders, denoiser, vaeDecoder].find((candidate) => candidate.name === wanted);
  if (!component) throw new Error(`${model.title} has no ${wanted}.`);

  const device = provider === 'cpu' ? cpuDialect : cudaDialect;
  const dialect = componentDialect(model, component, device);
  const parts = Number(values.parts);
  const side = Number(values.side);
  const plan = {
    ...undegradedPlan({ count: 1, guided: false, longestSide: side }),
    encoderParts: parts,
    denoiserParts: parts,
  };
  const shape = { model, width: side, height: side, guided: false, parts: ['prompts', 'sample', 'decode'] as const };
  const needs = stageNeeds(shape, plan, { dialect: device, corrections: new Corrections(null, '') });
  const need = needs.find((candidate) => candidate.component === component.name);
  const tensors = componentTensors(model, component);
  const [derived, prepareSeconds] = await timed(() =>
    new DerivedWeights(join(folder, 'derived')).converted(tensors, dialect, async () => {}),
  );
  const readSeconds = readThrough([...tensors, ...derived].map(({ path }) => path));
  const graph = buildComponent(model, component, dialect, derived);
  const source = { model: model.id, component: component.name, version: '', parts };
  const load = () => components.lease({ ...source, build: () => graph }, { activationBytes: need?.graphBytes });
  const first = await load();
  const firstLoadSeconds = loads.seconds;
  first.release();
  await components.evictIdle();
  // What the process starts once, such as NVIDIA's libraries, is there by now.
  loads.seconds = 0;
  const lease = await load();
  const inputs = inputsOf(graph, model, component.name, side);
  const loaded = {
    weightBytes: graph.weightBytes,
    inUseBytes: memory.account()?.inUseBytes,
    firstLoadSeconds,
    loadSeconds: loads.seconds,
  };
  const estimated = { weightBytes: need?.weightBytes, runBytes: need?.graphBytes };
  console.log(JSON.stringify({ weights: model.precision, prepareSeconds, readSeconds, ...loaded, estimated }));
  for (let run = 0; run <= Number(values.runs); run++) {
    // The first part is loaded already, which is all of a network that is whole.
    if (run > 0) loads.seconds = 0;
    const before = memory.account();
    const [, seconds] = await timed(() => lease.run(inputs, 'run', ''));
    const [entry] = components.ledger();
    const { weightBytes = 0, residentBytes = 0 } = entry ?? {};
    const loadedBytes = run === 0 ? weightBytes : weightBytes - residentBytes;
    const account = memory.account();
    const figures = {
      run,
      seconds,
      loadSeconds: loads.seconds,
      loadedBytes,
      bytesPerSecond: loadedBytes / loads.seconds,
    };
    const held = { weightBytes, residentBytes, share: residentBytes / weightBytes, peakBytes: account?.peakBytes };
    // What a run took shows where it set a new peak.
    const isPeak = parts === 1 && account && before && account.peakBytes > before.peakBytes;
    const runBytes = isPeak ? account.peakBytes - before.inUseBytes : undefined;
    console.log(JSON.stringify({ ...figures, ...held, runBytes, processBytes: process.memoryUsage.rss() }));
  }
  lease.release();
  await components.evictIdle();
}

/** How long loading took. */
class LoadClock {
  seconds = 0;
  #start: number | undefined;

  hear(what: string | undefined): void {
    if (this.#start !== undefined) this.seconds += (performance.now() - this.#start) / 1000;
    this.#start = what?.startsWith('load ') ? performance.now() : undefined;
  }
}

/** Numbers of the shapes that a call for one picture has. */
function inputsOf(graph: OnnxModel, { latents, denoiserCalls, family }: Model, component: string, side: number) {
  const size = side / latents.downscale;
  const encoder = family.textEncoders.find((candidate) => candidate.name === component);
  const tokens = encoder?.tokens ?? Math.max(...family.textEncoders.map((candidate) => candidate.tokens));
  const call = { batch: 1, height: size, width: size, tokens };
  const free: Record<string, number> = { ...call, ...(encoder ? {} : denoiserCalls.dimensions(call)) };
  const entries = graph.inputs.map(({ name: input, type, dims }): [string, Tensor] => {
    const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : (free[dim] as number)));
    const count = sizes.reduce((product, dim) => product * dim, 1);
    if (type === 'int64') return [input, tensor('int64', sizes, new BigInt64Array(count))];
    return [
      input,
      tensor(
        'float32',
        sizes,
        Float32Array.from({ length: count }, (_, index) => Math.sin(index)),
      ),
    ];
  });
  return Object.fromEntries(entries);
}

const folder = mkdtempSync(join(tmpdir(), 'headroom-hollow-'));
try {
  const model = chosenHollowModel(folder, positionals[0], values.weights);
  await measure(values['eight-bits'] ? inEightBits(model) : model);
} finally {
  rmSync(folder, { recursive: true });
}
