import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { environmentWith, quietStage, starterModel } from '../../tests/support/engine.ts';
import { Components } from '../memory/components.ts';
import { Corrections } from '../memory/corrections.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { NO_WISHES } from './memory-wishes.ts';
import { networkName } from './network-need.ts';
import { estimateTextToImage, type TextToImageRequest, textToImage } from './text-to-image.ts';

const model = starterModel();
const request: TextToImageRequest = {
  model,
  prompt: 'red apple',
  negativePrompt: '',
  width: 256,
  height: 256,
  steps: 1,
  guidanceScale: 1,
  scheduler: 'euler',
  seed: 5,
  count: 1,
  memory: NO_WISHES,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-corrections-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('an estimate that is far off is right after one run, and in the next process', async () => {
  const memory = await DeviceMemory.open('cpu', null, () => null);
  const { dialect, ...environment } = environmentWith(memory);
  const name = networkName(model, model.family.vaeDecoder, dialect);
  const factors = { [`cpu ${name}`]: 2.5 };
  writeFileSync(join(folder, 'memory-corrections.json'), JSON.stringify({ version: 1, factors }));
  const open = () => new Corrections(folder, 'cpu');
  const estimate = async (corrections: Corrections) => {
    const { stages } = await estimateTextToImage(request, { dialect, corrections, budgetBytes: null });
    return stages.find(({ stage }) => stage === 'decode')!.activationBytes;
  };
  const corrections = open();
  const wrong = await estimate(corrections);

  const listeners = { onBusy: () => {}, onChange: () => {} };
  const components = new Components('cpu', memory, listeners, { corrections });
  await textToImage(request, quietStage({ environment: { ...environment, dialect, components, corrections } }));
  // Decoding needs the most of all stages, beside the weights that are still in use.
  const { peakBytes, inUseBytes } = memory.account()!;
  const measured = peakBytes - inUseBytes;
  await components.evictIdle();
  expect(wrong / measured).toBeGreaterThan(2);
  for (const learned of [corrections, open()]) {
    expect(Math.abs((await estimate(learned)) / measured - 1)).toBeLessThan(0.02);
  }
});

it('under a limit, where regions are taken ahead, nothing is learned', async () => {
  const memory = await DeviceMemory.open('cpu', 2 ** 29, () => null);
  const environment = environmentWith(memory);
  await textToImage({ ...request, width: 128, height: 128 }, quietStage({ environment }));
  await environment.components.evictIdle();
  const name = networkName(model, model.family.vaeDecoder, environment.dialect);
  expect(environment.corrections.corrected(name, 1000)).toBe(1000);
});

it('a run that runs into the limit in spite of its region is told from then on by what it needed', async () => {
  const memory = await DeviceMemory.open('cpu', 128 * 2 ** 20, () => null);
  const { dialect, ...environment } = environmentWith(memory);
  const name = networkName(model, model.family.vaeDecoder, dialect);
  writeFileSync(
    join(folder, 'memory-corrections.json'),
    JSON.stringify({ version: 1, factors: { [`cpu ${name}`]: 0.5 } }),
  );
  const corrections = new Corrections(folder, 'cpu');
  const components = new Components('cpu', memory, { onBusy: () => {}, onChange: () => {} }, { corrections });
  const draw = async () => {
    const rungs: string[] = [];
    const told = { recovery: (rung: string) => rungs.push(rung), warning: () => {} };
    const stage = quietStage({ environment: { ...environment, dialect, components, corrections }, ...told });
    const { pictures } = await textToImage(request, stage);
    return { pictures, rungs };
  };
  const first = await draw();
  const second = await draw();
  await components.evictIdle();
  expect(first.rungs).toEqual(['free-memory']);
  expect(corrections.corrected(name, 1000)).toBeGreaterThan(800);
  expect(second.rungs).toEqual(['stage-by-stage']);
  expect(second.pictures).toEqual(first.pictures);
});
