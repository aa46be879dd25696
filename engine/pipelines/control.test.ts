import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../tests/support/compare.ts';
import { writeReferenceControlNet } from '../../tests/support/control-nets.ts';
import { environmentWith, modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { extraOutput, extraRun, guideImage, writeControlNet } from '../../tests/support/extras.ts';
import { requestOf, writePipeline } from '../../tests/support/pipelines.ts';
import { withControl } from '../families/control-net.ts';
import type { Model } from '../families/model.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import type { Stage } from './stage.ts';
import { estimateTextToImage, textToImage } from './text-to-image.ts';

let folder: string;
const models = new Map<string, Model>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-control-'));
  for (const name of ['sd15', 'sdxl']) models.set(name, modelAt(writePipeline(name, join(folder, name)), name));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The model of a run with its ControlNets. */
function guidedModel(name: string): Model {
  const { pipeline, controls = [], width, height } = extraRun(name);
  return controls.reduce((model, wish, index) => {
    const path = writeControlNet(join(folder, `${name}_${index}`), `${name}_${index}`);
    return withControl(model, path, { id: `net ${index}`, image: guideImage(width, height, 40 * index), ...wish });
  }, models.get(pipeline) as Model);
}

async function draw(name: string, model: Model, overrides: Partial<Stage> = {}, separately = false) {
  let latents = new Float32Array();
  const kept: Stage['kept'] = async (_name, compute) => {
    const value = await compute();
    latents = (value as { data: Float32Array<ArrayBuffer> }).data;
    return value;
  };
  const request = requestOf(model, extraRun(name));
  const memory = { ...request.memory, separateGuidance: separately };
  await textToImage({ ...request, memory }, quietStage({ kept, ...overrides }));
  return latents;
}

describe.each(['control', 'control_two', 'control_xl'])('%s', (name) => {
  it('draws what diffusers draws', async () => {
    const environment = quietEnvironment();
    const model = guidedModel(name);
    const latents = await draw(name, model, { environment });
    expect(relativeError(latents, extraOutput(`${name}/latents`))).toBeLessThan(1e-3);
    const resident = environment.components.ledger().map(({ component }) => component);
    expect(resident).toEqual(expect.arrayContaining(model.controls.map(({ component }) => component.name)));
  });
});

it('draws the same with the prompts one after the other, and in the size of the pictures', async () => {
  const model = guidedModel('control');
  const latents = await draw('control', model, {}, true);
  expect(relativeError(latents, extraOutput('control/latents'))).toBeLessThan(1e-3);
});

it('counts ControlNets, which are resident beside the denoiser even stage by stage', async () => {
  const context = quietEnvironment();
  const estimate = (model: Model, mode: 'resident' | 'stages') => {
    const request = requestOf(model, extraRun('control_two'));
    return estimateTextToImage({ ...request, memory: { ...request.memory, mode } }, { ...context, budgetBytes: null });
  };
  const [plain, guided] = [models.get('sd15') as Model, guidedModel('control_two')];
  const weights = async (model: Model) => {
    const { stages } = await estimate(model, 'stages');
    return stages.filter(({ stage }) => stage === 'denoise').map(({ weightBytes }) => weightBytes);
  };
  const [unet = 0, ...nets] = await weights(guided);
  expect(nets).toHaveLength(2);
  expect(await weights(plain)).toEqual([unet]);
  const added = nets.reduce((sum, bytes) => sum + bytes, 0);
  expect(added).toBeGreaterThan(unet / 2);
  for (const mode of ['resident', 'stages'] as const) {
    const [most, least] = [await estimate(guided, mode), await estimate(plain, mode)];
    expect(most.peakBytes).toBeGreaterThanOrEqual(least.peakBytes + added);
  }
});

it('draws under a limit that the whole exceeds', async () => {
  const model = guidedModel('control');
  const request = requestOf(model, extraRun('control'));
  const need = await estimateTextToImage(request, { ...quietEnvironment(), budgetBytes: null });
  const environment = environmentWith(await DeviceMemory.open('cpu', Math.ceil(0.8 * need.peakBytes)));
  const told: string[] = [];
  try {
    const latents = await draw('control', model, { environment, recovery: (rung) => told.push(rung) });
    expect(relativeError(latents, extraOutput('control/latents'))).toBeLessThan(1e-3);
    expect(told.length).toBeGreaterThan(0);
  } finally {
    await environment.components.evictIdle();
  }
});

it('refuses a ControlNet of another kind of model, saying what differs', () => {
  const path = writeReferenceControlNet(folder, 'controlnet_original');
  const wish = { id: 'canny', image: undefined, strength: 1, start: 0, end: 1 };
  expect(() => withControl(models.get('sd15') as Model, path, wish)).toThrow(
    /canny was made for another kind of model than sd15: .*768 numbers of text.*16 numbers of text/,
  );
});
