import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { extraRun } from '../../tests/support/extras.ts';
import { requestOf, writePipeline } from '../../tests/support/pipelines.ts';
import type { ComponentRecord } from '../families/family.ts';
import { buildComponent, componentDialect, componentTensors, inEightBits, type Model } from '../families/model.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { Corrections } from '../memory/corrections.ts';
import { undegradedPlan } from '../memory/plan.ts';
import { DerivedWeights } from './derived/derived-weights.ts';
import { loadedVersion } from './loaded-graph.ts';
import { stageNeeds } from './needs.ts';
import { textToImage } from './text-to-image.ts';

const run = extraRun('lora');
let folder: string;
let model: Model;
let eight: Model;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-eight-bits-'));
  model = modelAt(writePipeline(run.pipeline, join(folder, 'model'), 'F16'), 'model');
  eight = inEightBits(model);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The graph that CUDA would load. */
async function loaded(of: Model, component: ComponentRecord) {
  const dialect = componentDialect(of, component, cudaDialect);
  const derived = new DerivedWeights(join(folder, 'derived'));
  const made = await derived.converted(componentTensors(of, component), dialect, async () => {});
  return buildComponent(of, component, dialect, made);
}

it('lets the denoiser take less, and nothing else', async () => {
  const { denoiser, textEncoders, vaeDecoder } = model.family;
  expect((await loaded(eight, denoiser)).weightBytes).toBeLessThan((await loaded(model, denoiser)).weightBytes);
  for (const component of [...textEncoders, vaeDecoder]) {
    expect((await loaded(eight, component)).bytes).toEqual((await loaded(model, component)).bytes);
  }
});

it('is estimated at what is loaded', async () => {
  const { denoiser } = model.family;
  const shape = { model: eight, width: 64, height: 64, guided: false, parts: ['sample'] as const };
  const plan = undegradedPlan({ count: 1, guided: false, longestSide: 64 });
  const needs = stageNeeds(shape, plan, { dialect: cudaDialect, corrections: new Corrections(null, '') });
  const need = needs.find(({ component }) => component === denoiser.name);
  expect(need?.weightBytes).toBe((await loaded(eight, denoiser)).weightBytes);
  const versions = [model, eight].map((each) =>
    loadedVersion(each, denoiser, componentDialect(each, denoiser, cudaDialect)),
  );
  expect(new Set(versions).size).toBe(2);
});

it('draws on a device without eight bits what it draws anyway, and says so', async () => {
  const draw = async (of: Model) => {
    const warnings: string[] = [];
    const stage = quietStage({ environment: quietEnvironment(), warning: (message) => warnings.push(message) });
    return { pictures: await textToImage(requestOf(of, run), stage), warnings };
  };
  const plain = await draw(model);
  const asked = await draw(eight);
  expect(asked.pictures).toEqual(plain.pictures);
  expect(plain.warnings).toEqual([]);
  expect(asked.warnings).toEqual([expect.stringMatching(/does not keep weights in eight bits/)]);
});
