import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise } from '../../tests/support/compare.ts';
import { environmentWith, quietStage, starterModel } from '../../tests/support/engine.ts';
import type { Phase } from '../contract/events.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { RememberedPlans } from '../memory/remembered-plans.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { PipelineEnvironment, Stage } from './stage.ts';
import { type TextToImageRequest, textToImage } from './text-to-image.ts';

const MEBIBYTE = 2 ** 20;
const model = starterModel();
const request: TextToImageRequest = {
  model,
  prompt: 'red apple',
  negativePrompt: '',
  width: 256,
  height: 256,
  steps: 2,
  guidanceScale: 4,
  scheduler: 'euler_a',
  seed: 5,
  count: 8,
  memory: NO_WISHES,
};
const unplanned = { ...NO_WISHES, mode: 'resident' } as const;

let environment: PipelineEnvironment | undefined;
afterEach(async () => {
  await environment?.components.evictIdle();
  environment = undefined;
});

/** A run under a real limit of onnxruntime's arena. */
async function draw(wanted: TextToImageRequest, limitMiB: number | null, remembered = new RememberedPlans(null)) {
  await environment?.components.evictIdle();
  const limitBytes = limitMiB === null ? null : limitMiB * MEBIBYTE;
  return drawIn(await DeviceMemory.open('cpu', limitBytes), wanted, remembered);
}

/** @param underestimated networks that need twice what was learned of them */
async function drawIn(
  memory: DeviceMemory,
  wanted: TextToImageRequest,
  remembered = new RememberedPlans(null),
  underestimated: readonly string[] = [],
) {
  environment = { ...environmentWith(memory), remembered };
  for (const network of underestimated) {
    const name = [model.family.id, network, environment.dialect.id].join(' ');
    environment.corrections.learn(name, 2 * MEBIBYTE, MEBIBYTE);
  }
  const rungs: string[] = [];
  const phases: Phase[] = [];
  const stage = quietStage({
    environment,
    recovery: (rung) => rungs.push(rung),
    progress: (phase) => phases.push(phase),
  } satisfies Partial<Stage>);
  const drawn = await textToImage(wanted, stage);
  return { ...drawn, rungs, phases };
}

/** What is drawn without a limit, once for all tests. */
const once = (wanted: TextToImageRequest) => {
  let drawn: ReturnType<typeof draw> | undefined;
  return async () => {
    drawn ??= draw(wanted, null);
    const { rungs, pictures, phases } = await drawn;
    expect(rungs).toEqual([]);
    return { pictures, phases };
  };
};
const large = { ...request, count: 1, width: 512, height: 512 };
const freely = once(request);
const largeFreely = once(large);

/** Fewer pictures than eight are the first of the eight. */
async function sameBytes(wanted: TextToImageRequest, limitMiB: number): Promise<string[]> {
  const limited = await draw(wanted, limitMiB);
  const free = await freely();
  expect(limited.pictures).toHaveLength(wanted.count);
  for (const [index, { rgb }] of limited.pictures.entries()) {
    expect(Buffer.compare(rgb, free.pictures[index]!.rgb), `picture ${index}`).toBe(0);
  }
  return limited.rungs;
}

describe('a batch that does not fit', () => {
  it('is planned smaller, says so, and draws the same bytes', async () => {
    const rungs = await sameBytes(request, 123);
    expect(rungs).toContain('stage-by-stage');
    expect(rungs).toContain('single-images');
  });

  it('is planned smaller without a limit where other programs leave too little', async () => {
    const device = { totalBytes: 1600 * MEBIBYTE, freeBytes: 223 * MEBIBYTE };
    const memory = await DeviceMemory.open('cpu', null, () => device);
    const { rungs, savings } = await drawIn(memory, { ...request, count: 1, steps: 1 });
    expect(rungs).toEqual(['stage-by-stage']);
    expect(savings).toEqual(rungs);
  });

  it('comes through when memory really runs out on the way', async () => {
    const rungs = await sameBytes({ ...request, memory: unplanned }, 123);
    expect(rungs).toContain('free-memory');
    expect(rungs).toContain('single-images');
  });

  it('is drawn the smaller way from the start the next time', async () => {
    const remembered = new RememberedPlans(null);
    const wanted = { ...request, count: 4, memory: unplanned };
    const first = await draw(wanted, 100, remembered);
    const second = await draw(wanted, 100, remembered);
    expect(first.rungs.length).toBeGreaterThan(0);
    expect(second.rungs).toEqual(['remembered']);
    expect(second.savings).toEqual(first.savings);
  });
});

describe('networks that were expected to leave room and do not', () => {
  /** By estimates of half of what a network needs, the denoiser has room beside both of the others. */
  const fooled = async (networks: readonly string[], limitMiB: number, wanted: TextToImageRequest) => {
    const drawn = await drawIn(await DeviceMemory.open('cpu', limitMiB * MEBIBYTE), wanted, undefined, networks);
    for (const [index, { rgb }] of drawn.pictures.entries()) {
      expect(Buffer.compare(rgb, (await free).pictures[index]!.rgb), `picture ${index}`).toBe(0);
    }
    return drawn.rungs;
  };
  let free: ReturnType<typeof freely>;
  beforeAll(async () => {
    free = freely();
    await free;
    await environment?.components.evictIdle();
  });

  it('go when memory runs out', async () => {
    const rungs = await fooled(['vae_decoder'], 118, { ...request, count: 1 });
    expect(rungs).toEqual(['stage-by-stage', 'free-memory']);
  });

  it('go for good when that happens twice in a run', async () => {
    const rungs = await fooled(['vae_decoder', 'unet'], 120, { ...request, count: 4 });
    expect([rungs.at(0), rungs.at(-1)]).toEqual(['stage-by-stage', 'stage-by-stage']);
    expect(rungs.filter((rung) => rung === 'free-memory')).toHaveLength(1);
  });
});

describe('guidance', () => {
  it('is computed in two passes where one is too large, with the same bytes', async () => {
    expect(await sameBytes({ ...request, count: 1 }, 87)).toContain('separate-guidance');
  });
});

describe('a picture that is too large for the decoder', () => {
  it('is decoded in tiles, which look the same', async () => {
    const limited = await draw(large, 120);
    const free = await largeFreely();
    expect(limited.rungs).toContain('vae-tiling');
    expect(peakSignalToNoise(limited.pictures[0]!.rgb, free.pictures[0]!.rgb)).toBeGreaterThan(60);
  });

  it('is not drawn again when only decoding runs out of memory', async () => {
    const steps = (phases: readonly Phase[]) => phases.filter((phase) => phase === 'denoise').length;
    const limited = await draw({ ...large, memory: { ...unplanned, separateGuidance: true } }, 125);
    const free = await largeFreely();
    expect(limited.rungs).toContain('vae-tiling');
    expect(steps(limited.phases)).toBe(steps(free.phases));
  });
});

describe('memory that is free in pieces', () => {
  const single = { ...request, count: 1, steps: 1 };

  it('makes a run say at once that a new engine has room for it, and smaller pieces only make it save', async () => {
    const memory = await DeviceMemory.open('cpu', 160 * MEBIBYTE);
    memory.prepareRun(80 * MEBIBYTE);
    const pinned = memory.hold(4096);
    await expect(drawIn(memory, single)).rejects.toMatchObject({ code: 'fragmented' });
    pinned();
    memory.shrink();
    memory.prepareRun(30 * MEBIBYTE);
    const pinnedAgain = memory.hold(4096);
    const drawn = await drawIn(memory, single).finally(pinnedAgain);
    expect(drawn.rungs).toContain('stage-by-stage');
  });
});

describe('a denoiser whose weights exceed the limit', () => {
  const two = { ...request, count: 2 };

  it('is run in parts, with the same bytes', async () => {
    expect(await sameBytes(two, 62)).toEqual(['stage-by-stage', 'denoiser-offload']);
  });

  it('is run in parts when memory really runs out on the way', async () => {
    expect(await sameBytes({ ...request, count: 1, memory: unplanned }, 62)).toContain('denoiser-offload');
  });

  it('draws under a limit of a sixth of its weights, where its pictures are decoded in tiles', async () => {
    const limited = await draw(two, 14);
    const free = await freely();
    for (const [index, { rgb }] of limited.pictures.entries()) {
      expect(peakSignalToNoise(rgb, free.pictures[index]!.rgb)).toBeGreaterThan(60);
    }
  });
});

describe('a limit that nothing fits', () => {
  it.each([8, 1])('of %d MiB ends with what was tried and what would fit', async (limit) => {
    const error = await draw({ ...request, memory: NO_WISHES }, limit).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'memory' });
    const [, wanted] = /It should fit into (\d+) MiB/.exec((error as Error).message) ?? [];
    expect((error as Error).message).toContain('one by one');
    const fits = await draw({ ...request, count: 1 }, Number(wanted));
    expect(fits.pictures).toHaveLength(1);
  });
});
