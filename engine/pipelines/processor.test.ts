import { afterEach, describe, expect, it } from 'vitest';
import { peakSignalToNoise } from '../../tests/support/compare.ts';
import { environmentWith, quietEnvironment, quietStage, starterModel } from '../../tests/support/engine.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { PipelineEnvironment } from './stage.ts';
import { type TextToImageRequest, textToImage } from './text-to-image.ts';

const request: TextToImageRequest = {
  model: starterModel(),
  prompt: 'red apple',
  negativePrompt: '',
  width: 64,
  height: 64,
  steps: 1,
  guidanceScale: 1,
  scheduler: 'euler',
  seed: 5,
  count: 1,
  memory: NO_WISHES,
};

let device: PipelineEnvironment;
let processor: PipelineEnvironment;
afterEach(async () => {
  for (const { components } of [device, processor]) await components.evictIdle();
});

/** A device whose memory holds no network, not even in parts, and the processor beside it; both are the CPU. */
async function open(): Promise<void> {
  device = environmentWith(await DeviceMemory.open('cpu', 2 ** 20));
  processor = quietEnvironment();
}

async function draw(environment: PipelineEnvironment) {
  const told: [rung: string, message: string][] = [];
  const stage = quietStage({ environment, recovery: (rung, message) => told.push([rung, message]) });
  return { ...(await textToImage(request, stage)), told };
}

const resident = ({ components }: PipelineEnvironment) =>
  components.ledger().flatMap((entry) => (entry.resident ? [entry.component] : []));

describe('a stage that the device cannot hold', () => {
  it('is left to the processor in the end, says so, and is tried on the device again by the next run', async () => {
    await open();
    const { pictures, savings, told } = await draw({ ...device, processor });
    expect(told).toContainEqual([
      'denoise-on-processor',
      expect.stringMatching(/lets the processor denoise, which is slow and may change pictures/),
    ]);
    const all = ['encode-on-processor', 'denoise-on-processor', 'decode-on-processor'];
    expect(savings).toEqual(expect.arrayContaining(all));
    expect(told.map(([rung]) => rung).filter((rung) => rung.endsWith('on-processor'))).toEqual(all);
    expect(resident(device)).toEqual([]);
    const { pictures: expected } = await draw(quietEnvironment());
    expect(peakSignalToNoise(pictures[0]!.rgb, expected[0]!.rgb)).toBeGreaterThan(60);
    const { told: next } = await draw({ ...device, processor });
    expect(next.map(([rung]) => rung)).toEqual(expect.arrayContaining(['remembered', 'denoise-on-processor']));
  });

  it('ends the run where there is no other device', async () => {
    await open();
    await expect(draw(device)).rejects.toMatchObject({ code: 'memory' });
  });
});
