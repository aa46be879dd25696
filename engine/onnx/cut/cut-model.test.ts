import { afterEach, describe, expect, it } from 'vitest';
import { runCudaGraph } from '../../../tests/support/cuda-on-cpu.ts';
import { ReferenceNetwork, relativeError, runOnce, runParts } from '../../../tests/support/networks.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseT5Config } from '../../models/t5/config.ts';
import { buildT5Encoder } from '../../models/t5/graph.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { parseVaeConfig } from '../../models/vae/config.ts';
import { buildVaeDecoder } from '../../models/vae/graph.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { activationPeak } from '../estimate/activation-peak.ts';
import type { OnnxModel } from '../graph-builder.ts';
import { cutModel, partsOf } from './cut-model.ts';

let network: ReferenceNetwork;
afterEach(() => network.remove());

type Build = (config: unknown, weights: WeightView, dialect: Dialect) => OnnxModel;
const unet: Build = (config, ...rest) => buildUnet(parseUnetConfig(config, 'config.json'), ...rest);
const clip: Build = (config, ...rest) => buildClipTextEncoder(parseClipTextConfig(config, 'config.json'), ...rest);
const t5: Build = (config, ...rest) => buildT5Encoder(parseT5Config(config, 'config.json'), ...rest);
const vae: Build = (config, ...rest) => buildVaeDecoder(parseVaeConfig(config, 'config.json'), ...rest);

function open(name: string, build: Build, dialect = cpuDialect): { whole: OnnxModel; inputs: Record<string, Tensor> } {
  network = new ReferenceNetwork(name);
  const whole = build(network.config, WeightView.open(network.path), dialect);
  const every: Record<string, () => Tensor> = {
    timestep: () => tensor('float32', [1], Float32Array.of(741)),
    input_ids: () => network.inputIds,
  };
  const input = (name: string) => every[name]?.() ?? network.input(name);
  return { whole, inputs: Object.fromEntries(whole.inputs.map(({ name }) => [name, input(name)])) };
}

/** The largest error of all outputs. */
function error(actual: Record<string, Tensor>, expected: Record<string, Tensor>): number {
  const errors = Object.entries(expected).map(([name, { data }]) => relativeError(actual[name], data as Float32Array));
  return Math.max(...errors);
}

/**
 * The runtime joins nodes to faster ones, which round otherwise; where a cut lies between them it does not. In float16 it
 * computes neighbours in float32 on the CPU, and a cut rounds between them.
 */
const BOUNDS = { float32: 1e-6, float16: 5e-3 };

describe.each([
  ['unet_sd15', unet],
  ['unet_sdxl', unet],
  ['clip', clip],
  ['t5', t5],
  ['vae', vae],
])('%s in parts', (name, build) => {
  it.each([2, 20])('of at most 1/%d computes what the whole does', async (count) => {
    const { whole, inputs } = open(name, build);
    const parts = cutModel(whole, whole.weightBytes / count);
    expect(parts.length).toBeGreaterThan(1);
    expect(error(await runParts(parts, inputs), await runOnce(whole, inputs))).toBeLessThan(BOUNDS.float32);
  });

  it.each([
    ['float16', cudaDialect],
    ['float32', cudaDialect.float32],
  ] as const)('computes it in the graphs of CUDA in %s', async (type, dialect) => {
    const { whole, inputs } = open(name, build, dialect);
    const run = (model: OnnxModel, given: Record<string, Tensor>) => runCudaGraph(model, type, given);
    const values = await runParts(cutModel(whole, whole.weightBytes / 5), inputs, run);
    expect(error(values, await run(whole, inputs))).toBeLessThan(BOUNDS[type]);
  });
});

it('holds no more weights in a part than was asked for, and all of them in all', () => {
  const { whole } = open('unet_sdxl', unet);
  const most = whole.weightBytes / 4;
  const parts = cutModel(whole, most);
  const sizes = parts.map(({ weightBytes }) => weightBytes);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(whole.weightBytes);
});

it('leaves a network whole that is small enough', () => {
  const { whole } = open('clip', clip);
  expect(cutModel(whole, whole.weightBytes)).toEqual([whole]);
});

it('needs about as much for its values as the whole does', () => {
  const { whole } = open('unet_sdxl', unet);
  const dimensions = { batch: 2, height: 64, width: 96, tokens: 77 };
  const peak = activationPeak(whole, dimensions).bytes;
  const inParts = activationPeak(whole, dimensions, partsOf(whole, 5)).bytes;
  expect(inParts / peak).toBeGreaterThan(0.7);
  expect(inParts / peak).toBeLessThan(1.3);
});
