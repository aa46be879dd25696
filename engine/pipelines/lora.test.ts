import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relativeError } from '../../tests/support/compare.ts';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { extraOutput, extraRun, writeExtra } from '../../tests/support/extras.ts';
import { requestOf, writePipeline } from '../../tests/support/pipelines.ts';
import { componentUpdates, componentVersion, withLora } from '../families/adapters.ts';
import { buildComponent, componentTensors, type Model } from '../families/model.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { Corrections } from '../memory/corrections.ts';
import { undegradedPlan } from '../memory/plan.ts';
import { componentSource } from './component-source.ts';
import { DerivedWeights } from './derived/derived-weights.ts';
import { stageNeeds } from './needs.ts';
import type { Stage } from './stage.ts';
import { textToImage } from './text-to-image.ts';

const run = extraRun('lora');
let folder: string;
let model: Model;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-lora-'));
  model = modelAt(writePipeline(run.pipeline, join(folder, 'model')), 'model');
  mkdirSync(join(folder, 'merged'));
  path = writeExtra(folder, 'lora');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Draws and keeps the latents. */
async function draw(adapted: Model, environment = newEnvironment()) {
  const progress: string[] = [];
  let latents = new Float32Array();
  const stage: Stage = quietStage({
    environment,
    progress: (_phase, _fraction, detail) => progress.push(detail),
    async kept(_name, compute) {
      const value = await compute();
      latents = (value as { data: Float32Array<ArrayBuffer> }).data;
      return value;
    },
  });
  await textToImage(requestOf(adapted, run), stage);
  return { latents, progress };
}

function newEnvironment() {
  return { ...quietEnvironment(), derived: new DerivedWeights(join(folder, 'merged')) };
}

it('draws what diffusers draws with the LoRA fused', async () => {
  const { model: adapted, unmatched } = withLora(model, path, 'lora', run.weight as number);
  expect(unmatched).toEqual([]);
  const isReady = () =>
    componentSource(quietStage({ environment: newEnvironment() }), adapted, model.family.denoiser, {
      dialect: cpuDialect,
    }).isPrepared?.();
  expect(isReady()).toBe(false);
  const { latents, progress } = await draw(adapted);
  expect(isReady()).toBe(true);
  expect(relativeError(latents, extraOutput('lora/latents'))).toBeLessThan(1e-3);
  expect(progress).toContain('adding LoRAs to unet');
  // A text encoder and a denoiser; the VAE is as it was.
  expect(readdirSync(join(folder, 'merged'))).toHaveLength(2);
});

it('merges once, and goes back to the model without it in the same engine', async () => {
  const environment = newEnvironment();
  const { model: adapted } = withLora(model, path, 'lora', run.weight as number);
  const { latents: first } = await draw(adapted, environment);
  const { latents: without } = await draw(model, environment);
  expect(relativeError(without, first)).toBeGreaterThan(0.05);
  const { latents: again, progress } = await draw(adapted, environment);
  expect(progress).toContain('loading unet');
  expect(progress).not.toContain('adding LoRAs to unet');
  expect(again).toEqual(first);
});

it('adds LoRAs up, and leaves parts resident that none of them changes', () => {
  const {
    unet,
    text_encoder: encoder,
    vae,
  } = Object.fromEntries(
    [model.family.denoiser, ...model.family.textEncoders, model.family.vaeDecoder].map((part) => [part.folder, part]),
  );
  const one = withLora(model, path, 'lora', 0.5).model;
  const two = withLora(one, path, 'lora', -0.5).model;
  for (const component of [unet!, encoder!]) {
    const versions = [model, one, two].map((adapted) => componentVersion(adapted, component));
    expect(new Set(versions).size).toBe(3);
  }
  expect(componentVersion(two, vae!)).toBe(componentVersion(model, vae!));
});

it('draws the same as without for a weight and its opposite', async () => {
  const { model: adapted } = withLora(withLora(model, path, 'lora', 0.5).model, path, 'lora', -0.5);
  const [{ latents }, { latents: without }] = [await draw(adapted), await draw(model)];
  expect(relativeError(latents, without)).toBeLessThan(1e-4);
});

it('is counted in the type that changed tensors are loaded in', async () => {
  const stored = modelAt(writePipeline(run.pipeline, join(folder, 'eight-bits'), 'F8_E4M3'), 'eight-bits');
  const { model: adapted } = withLora(stored, path, 'lora', 0.5);
  const { denoiser } = stored.family;
  const weights = (of: Model) => {
    const shape = { model: of, width: 64, height: 64, guided: false, parts: ['sample'] as const };
    const plan = undegradedPlan({ count: 1, guided: false, longestSide: 64 });
    const context = { dialect: cudaDialect, corrections: new Corrections(null, '') };
    return stageNeeds(shape, plan, context).find(({ component }) => component === denoiser.name)?.weightBytes;
  };
  const updates = componentUpdates(adapted, denoiser);
  const derived = new DerivedWeights(join(folder, 'merged'));
  const merged = await derived.merged(componentTensors(stored, denoiser), updates, cudaDialect, async () => {});
  expect(weights(stored)).toBe(buildComponent(stored, denoiser, cudaDialect).weightBytes);
  expect(weights(adapted)).toBe(buildComponent(stored, denoiser, cudaDialect, merged).weightBytes);
  // Matrices of eight bits stay so.
  expect(weights(adapted)).toBe(weights(stored));
});
