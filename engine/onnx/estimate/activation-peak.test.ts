import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starterModel } from '../../../tests/support/engine.ts';
import { ReferenceModels } from '../../../tests/support/pipelines.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from '../../../tests/support/safetensors.ts';
import type { ComponentRecord } from '../../families/family.ts';
import { buildComponent, type Model } from '../../families/model.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { LayerScope } from '../../layers/layer-scope.ts';
import { type Arena, openArena } from '../../ort/arena/arena.ts';
import { Session } from '../../ort/session.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { GraphBuilder, type OnnxModel } from '../graph-builder.ts';
import { activationPeak } from './activation-peak.ts';

const model = starterModel();
const { textEncoders, denoiser, vaeDecoder } = model.family;
const textEncoder = textEncoders[0] as ComponentRecord;

let arena: Arena;
const folder = mkdtempSync(join(tmpdir(), 'headroom-peak-'));
beforeAll(async () => {
  const opened = await openArena('cpu', null);
  if (!opened.available) throw new Error(opened.reason);
  arena = opened.arena;
});
const models = new ReferenceModels();
afterAll(() => {
  arena.close();
  models.remove();
  rmSync(folder, { recursive: true });
});

const zeros = (...dims: number[]) =>
  tensor('float32', dims, new Float32Array(dims.reduce((product, size) => product * size, 1)));

/** What a run took of an empty arena at most, beside the weights. */
async function measuredPeak(
  component: ComponentRecord,
  inputs: Record<string, Tensor>,
  of: Model = model,
): Promise<number> {
  return peakOf(buildComponent(of, component, cpuDialect), inputs);
}

async function peakOf(graph: OnnxModel, inputs: Record<string, Tensor>): Promise<number> {
  arena.setLimit(null);
  const session = await Session.create(graph, {
    name: 'measured',
    provider: 'cpu',
    ...arena.sessionOptions,
  });
  // Weights were once more than they are now; only what the run adds to them can be told from the peak.
  const { inUseBytes, peakBytes } = arena.stats();
  const end = arena.hold(peakBytes - inUseBytes + 1);
  await session.run(inputs);
  const peak = arena.stats().peakBytes - arena.stats().inUseBytes;
  end();
  await session.release();
  arena.shrink();
  return peak;
}

describe('activationPeak', () => {
  it.each([
    { batch: 1, side: 32 },
    { batch: 2, side: 32 },
    { batch: 8, side: 32 },
    { batch: 2, side: 64 },
  ])('is within 15 % of what the denoiser takes: $batch × $side', async ({ batch, side }) => {
    const measured = await measuredPeak(denoiser, {
      sample: zeros(batch, 4, side, side),
      timestep: zeros(1),
      encoder_hidden_states: zeros(batch, 77, 192),
    });
    const graph = buildComponent(model, denoiser, cpuDialect);
    const { bytes } = activationPeak(graph, { batch, height: side, width: side, tokens: 77 });
    expect(bytes / measured).toBeGreaterThan(0.85);
    expect(bytes / measured).toBeLessThan(1.15);
  });

  it.each([
    { batch: 1, side: 32 },
    { batch: 3, side: 40 },
    { batch: 1, side: 64 },
  ])('is within 15 % of what the decoder takes: $batch × $side', async ({ batch, side }) => {
    const measured = await measuredPeak(vaeDecoder, { latents: zeros(batch, 4, side, side) });
    const graph = buildComponent(model, vaeDecoder, cpuDialect);
    const { bytes } = activationPeak(graph, { batch, height: side, width: side });
    expect(bytes / measured).toBeGreaterThan(0.85);
    expect(bytes / measured).toBeLessThan(1.15);
  });

  // `turned`: tokens times channels that the CPU's attention kernel turns for itself, where the peak is in attention.
  it.each([
    { pipeline: 'sdxl', size: { batch: 2, height: 32, width: 24 }, tokens: 77, widths: [36, 12], turned: 0 },
    {
      pipeline: 'flux_dev',
      size: { batch: 2, height: 96, width: 64 },
      tokens: 512,
      widths: [20, 16],
      turned: 3 * 2 * (512 + 48 * 32) * 32,
    },
  ])('is within 15 % of what a small $pipeline takes', async ({ pipeline, size, tokens, widths, turned }) => {
    const small = models.open(pipeline);
    const expectPeak = async (part: ComponentRecord, inputs: Record<string, Tensor>, dims: Record<string, number>) => {
      const measured = await measuredPeak(part, inputs, small);
      const { bytes } = activationPeak(buildComponent(small, part, cpuDialect), dims);
      const ratio = (bytes + (part === small.family.denoiser ? 4 * turned : 0)) / measured;
      expect(ratio, part.name).toBeGreaterThan(0.85);
      expect(ratio, part.name).toBeLessThan(1.15);
    };
    const { batch, height, width } = size;
    const { channels, downscale } = small.latents;
    const sample = zeros(batch, channels, height, width);
    const [states, pooled] = [zeros(batch, tokens, widths[0] as number), zeros(batch, widths[1] as number)];
    const pixels = { height: height * downscale, width: width * downscale };
    const call = { sample, conditioning: { states, pooled }, timestep: 500, guidanceScale: 3, ...pixels };
    const { denoiserCalls, family } = small;
    await expectPeak(family.denoiser, denoiserCalls.inputs(call), denoiserCalls.dimensions({ ...size, tokens }));
    const decoded = { batch: 1, height: 16, width: 24 };
    await expectPeak(family.vaeDecoder, { latents: zeros(1, channels, 16, 24) }, decoded);
    for (const encoder of family.textEncoders.filter(({ tokenizer }) => tokenizer.kind === 't5')) {
      const input_ids = tensor('int64', [1, tokens], new BigInt64Array(tokens));
      await expectPeak(encoder, { input_ids }, { batch: 1, tokens });
    }
  });

  it.each([textEncoder, denoiser, vaeDecoder])(
    'knows every operator of $name on CUDA, where it is about half',
    (part) => {
      const dimensions = { batch: 2, height: 32, width: 32, tokens: 77 };
      const cpu = activationPeak(buildComponent(model, part, cpuDialect), dimensions).bytes;
      const cuda = activationPeak(buildComponent(model, part, cudaDialect), dimensions).bytes;
      expect(cuda / cpu).toBeGreaterThan(0.3);
      expect(cuda / cpu).toBeLessThan(0.8);
    },
  );

  // Layers of different shapes, so that one matrix at a time is less than one of each shape, and far less than all.
  it.each<StoredType>(['BF16', 'F8_E4M3'])(
    'counts one matrix at a time of those that are kept in %s',
    async (dtype) => {
      const widths = [1024, 768, 1280, 512, 1024, 640, 1024, 768, 1280, 512];
      const layers = widths.slice(1).map((to, index) => ({ from: widths[index] as number, to }));
      const file = layers.map(({ from, to }, index): [string, StoredTensor] => {
        return [`${index}.weight`, { shape: [to, from], values: new Float32Array(from * to) }];
      });
      const path = writeSafetensors(join(folder, `${dtype}.safetensors`), Object.fromEntries(file), dtype);
      const dialect: Dialect = { ...cpuDialect, keptTypes: ['bfloat16', 'float8e4m3'] };
      const g = GraphBuilder.create('layers', dialect);
      const root = new LayerScope(g, WeightView.open(path), dialect);
      const x = g.input({ name: 'x', type: 'float32', dims: [32, 1024] });
      // Linear layers are made before what they take, as networks make some.
      const weights = layers.map(({ from, to }, index) => root.scope(`${index}`).matrix('weight', [to, from]));
      const y = weights.reduce((value, weight) => dialect.linear(g, value, weight, undefined), x);
      g.output({ name: 'y', type: 'float32', dims: [32, 512] }, y);
      const { bytes } = activationPeak(g.build(), {});
      const largest = 4 * 1280 * 768;
      expect(bytes).toBeGreaterThan(largest);
      expect(bytes).toBeLessThan(1.1 * largest);
      const measured = await peakOf(g.build(), { x: zeros(32, 1024) });
      expect(bytes / measured).toBeGreaterThan(0.85);
      expect(bytes / measured).toBeLessThan(1.15);
    },
  );

  it('says which dimension was not given', () => {
    const graph = buildComponent(model, vaeDecoder, cpuDialect);
    expect(() => activationPeak(graph, { batch: 1, height: 8 })).toThrow('width');
  });
});
