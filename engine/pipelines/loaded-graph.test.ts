import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelAt } from '../../tests/support/engine.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import { HeadroomError } from '../contract/errors.ts';
import { componentTensors, inEightBits, type Model } from '../families/model.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { DerivedWeights } from './derived/derived-weights.ts';
import { loadedGraph } from './loaded-graph.ts';

let folder: string;
let model: Model;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-graphs-'));
  model = modelAt(writePipeline('sd15', join(folder, 'model'), 'BF16'), 'model');
});
afterAll(() => rmSync(folder, { recursive: true }));

const denoiser = () => model.family.denoiser;
const graph = () => loadedGraph(model, denoiser(), cpuDialect, []);

test('what was built and written of a graph is there again', () => {
  const { bytes } = graph();
  expect(graph().bytes).toBe(bytes);
});

test('a file that was changed is read anew', () => {
  const first = graph();
  const { files } = model.source.network(denoiser());
  utimesSync(files[0] as string, 1, 1);
  expect(graph()).not.toBe(first);
});

test('a model whose file has gone is refused in words', () => {
  const gone = modelAt(writePipeline('sd15', join(folder, 'gone')), 'gone');
  const load = () => loadedGraph(gone, gone.family.vaeDecoder, cpuDialect, []);
  load();
  rmSync(join(folder, 'gone/vae/diffusion_pytorch_model.safetensors'));
  expect(load).toThrow(HeadroomError);
});

test('another device, other weights and another model have graphs of their own', async () => {
  const derived = new DerivedWeights(join(folder, 'derived'));
  const made = await derived.converted(componentTensors(model, denoiser()), cudaDialect, async () => {});
  expect(made).not.toEqual([]);
  const graphs = [
    graph(),
    loadedGraph(model, denoiser(), cudaDialect, []),
    loadedGraph(model, denoiser(), cudaDialect, made),
    loadedGraph({ ...model, id: 'other' }, denoiser(), cpuDialect, []),
    loadedGraph(inEightBits(model), denoiser(), cpuDialect, []),
    loadedGraph(model, model.family.vaeDecoder, cpuDialect, []),
  ];
  expect(new Set(graphs).size).toBe(graphs.length);
});

test('those that were not used for the longest time are forgotten', () => {
  const of = (id: number) => loadedGraph({ ...model, id: String(id) }, model.family.vaeDecoder, cpuDialect, []);
  const [first, second] = [of(0), of(1)];
  for (let id = 2; id < 8; id++) of(id);
  expect(of(0)).toBe(first);
  of(8);
  expect(of(0)).toBe(first);
  expect(of(1)).not.toBe(second);
});
