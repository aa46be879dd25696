import { afterEach, expect, it } from 'vitest';
import { environmentWith, quietStage, starterModel } from '../../tests/support/engine.ts';
import { Components } from '../memory/components.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { PipelineEnvironment } from './stage.ts';
import { textToImage } from './text-to-image.ts';

const MEBIBYTE = 2 ** 20;
const model = starterModel();

let environment: PipelineEnvironment | undefined;
afterEach(async () => {
  await environment?.components.evictIdle();
});

/** What is done in the runtime for a picture under a limit, in order. */
async function done(limitMiB: number) {
  const progress: string[] = [];
  const memory = await DeviceMemory.open('cpu', limitMiB * MEBIBYTE);
  let heard: string[] = [];
  const listeners = { onBusy: (lease: { what: string } | null) => heard.push(lease?.what ?? ''), onChange: () => {} };
  const held = { ...environmentWith(memory), components: new Components('cpu', memory, listeners) };
  environment = held;
  const size = { width: 256, height: 256 };
  const sampling = { steps: 1, guidanceScale: 4, scheduler: 'euler', seed: 5, count: 1, memory: NO_WISHES } as const;
  const stage = quietStage({ environment: held, progress: (_phase, _fraction, detail) => progress.push(detail) });
  return {
    progress,
    async prompt(prompt: string): Promise<string[]> {
      heard = [];
      progress.length = 0;
      await textToImage({ model, prompt, negativePrompt: '', ...size, ...sampling }, stage);
      return heard.filter((what) => what !== '').map((what) => what.split(' ').slice(0, 3).join(' '));
    },
  };
}

const LOADS = ['load starter text_encoder', 'load starter unet', 'load starter vae_decoder'];

it('loads all networks of a run before the first is run, where all of them stay', async () => {
  const { prompt, progress } = await done(1024);
  const heard = await prompt('red apple');
  expect(heard.slice(0, 3).toSorted()).toEqual(LOADS);
  expect(heard[3]).toBe('encode text');
  expect(progress).toContain(`loading ${model.title}`);
  expect((await prompt('green pear')).filter((what) => what.startsWith('load'))).toEqual([]);
  expect(progress).not.toContain(`loading ${model.title}`);
});

it('loads each network in its turn where they make room for one another', async () => {
  const { prompt } = await done(110);
  const heard = await prompt('red apple');
  expect(heard.filter((what) => what.startsWith('load'))).toEqual(LOADS);
  expect(heard.indexOf('encode text')).toBeLessThan(heard.indexOf('load starter unet'));
});
