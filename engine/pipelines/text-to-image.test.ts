import { describe, expect, it } from 'vitest';
import { peakSignalToNoise, relativeError } from '../../tests/support/compare.ts';
import { quietEnvironment, quietStage, starterModel } from '../../tests/support/engine.ts';
import { readReferenceJson, readReferenceTensors } from '../../tests/support/fixtures.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { decodeLatents } from './decode-latents.ts';
import { denoise } from './denoise.ts';
import { encodeText } from './encode-text.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { Stage } from './stage.ts';
import { imageSeed, ladderFor, type TextToImageRequest, textToImage } from './text-to-image.ts';

const reference = readReferenceTensors('starter/reference.safetensors');
const recorded = readReferenceJson<{
  prompt: string;
  negative_prompt: string;
  seed: number;
  steps: number;
  guidance_scale: number;
}>('starter/reference.json');
const model = starterModel();
const environment = quietEnvironment();
const stage = (overrides: Partial<Stage> = {}) => quietStage({ environment, ...overrides });
const request: TextToImageRequest = {
  model,
  prompt: recorded.prompt,
  negativePrompt: recorded.negative_prompt,
  width: 256,
  height: 256,
  steps: recorded.steps,
  guidanceScale: recorded.guidance_scale,
  scheduler: 'ddim',
  seed: recorded.seed,
  count: 1,
  memory: NO_WISHES,
};
const schedulers = (Object.keys(SCHEDULERS) as SchedulerId[]).filter((id) => reference.has(`${id}.latents`));
const recordedTensor = (name: string) => reference.get(name) as Float32Array;

const draw = async (wanted: TextToImageRequest, on: Stage) => (await textToImage(wanted, on)).pictures;

async function conditions() {
  const prompts = [
    { text: request.prompt, field: 'prompt' },
    { text: request.negativePrompt, field: 'negative_prompt' },
  ];
  const [positive, negative] = await encodeText(model, prompts, stage(), ladderFor(request, stage()));
  return { positive: positive!, negative: negative! };
}

describe('against diffusers in float32', () => {
  it('encodes the prompts', async () => {
    const { positive, negative } = await conditions();
    expect(relativeError(positive.states.data, recordedTensor('prompt_embeds'))).toBeLessThan(1e-3);
    expect(relativeError(negative.states.data, recordedTensor('negative_prompt_embeds'))).toBeLessThan(1e-3);
  });

  // All ten latents of two schedulers are recorded, the final ones of the others.
  it.each(schedulers)('draws the latents of %s', async (scheduler) => {
    const steps: Float32Array[] = [];
    const { width, height, guidanceScale } = request;
    const run = { model, ...(await conditions()), guidanceScale, scheduler, steps: request.steps, width, height };
    await denoise({ ...run, seeds: [request.seed] }, stage(), ladderFor(request, stage()), (latents) =>
      steps.push(latents),
    );
    const expected = recordedTensor(`${scheduler}.latents`);
    const size = steps[0]!.length;
    const known = steps.slice(-expected.length / size);
    expect(known).toHaveLength(scheduler === 'ddim' || scheduler === 'euler' ? 10 : 1);
    for (const [index, latents] of known.entries()) {
      expect(relativeError(latents, expected.subarray(index * size, (index + 1) * size))).toBeLessThan(1e-3);
    }
  });

  it.each(['ddim', 'euler'] as const)('draws the picture of %s', async (scheduler) => {
    const [picture] = await draw({ ...request, scheduler }, stage());
    const expected = recordedTensor(`${scheduler}.image`);
    const area = 256 * 256;
    const bytes = Uint8Array.from({ length: area * 3 }, (_, i) =>
      Math.round((Math.min(Math.max(expected[(i % 3) * area + Math.floor(i / 3)]!, -1), 1) + 1) * 127.5),
    );
    expect(peakSignalToNoise(picture!.rgb, bytes)).toBeGreaterThan(45);
  });
});

describe('a run', () => {
  const quick = { ...request, steps: 3 };

  it('draws the same bytes twice, also on a fresh engine', async () => {
    const [first] = await draw(quick, stage());
    const [again] = await draw(quick, stage());
    const [fresh] = await draw(quick, quietStage());
    expect(Buffer.compare(first!.rgb, again!.rgb)).toBe(0);
    expect(Buffer.compare(first!.rgb, fresh!.rgb)).toBe(0);
  });

  it.each(['ddim', 'euler_a'] as const)('of several pictures draws what single runs draw (%s)', async (scheduler) => {
    const batch = await draw({ ...quick, scheduler, count: 2 }, stage());
    expect(batch).toHaveLength(2);
    for (const [index, picture] of batch.entries()) {
      const [alone] = await draw({ ...quick, scheduler, seed: quick.seed + index }, stage());
      expect(peakSignalToNoise(picture.rgb, alone!.rgb)).toBeGreaterThan(60);
    }
    expect(peakSignalToNoise(batch[0]!.rgb, batch[1]!.rgb)).toBeLessThan(30);
  });

  it('draws sizes that are not square, and whose halves are odd', async () => {
    const [picture] = await draw({ ...quick, width: 200, height: 136 }, stage());
    expect(picture).toMatchObject({ width: 200, height: 136 });
    expect(picture!.rgb).toHaveLength(200 * 136 * 3);
  });

  it('refuses a size that latents cannot have, with the nearest that works', async () => {
    await expect(textToImage({ ...quick, width: 250 }, stage())).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('248'),
      place: { field: 'width' },
    });
  });

  it('without guidance is not changed by the negative prompt', async () => {
    const unguided = (negativePrompt: string) => draw({ ...quick, guidanceScale: 1, negativePrompt }, stage());
    const [[plain], [other]] = [await unguided(''), await unguided('banana')];
    expect(Buffer.compare(plain!.rgb, other!.rgb)).toBe(0);
  });

  it('tells its progress in order, from nothing to everything, and shows previews', async () => {
    const fractions: number[] = [];
    const previews: Uint8Array[] = [];
    await textToImage(
      quick,
      stage({ progress: (_, fraction) => fractions.push(fraction), preview: (jpeg) => previews.push(jpeg) }),
    );
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect([...previews[0]!.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  });

  it('stops at the next step when it is cancelled', async () => {
    const controller = new AbortController();
    let steps = 0;
    const progress: Stage['progress'] = (phase) => {
      if (phase === 'denoise' && ++steps === 2) controller.abort();
    };
    await expect(textToImage(quick, stage({ signal: controller.signal, progress }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(steps).toBe(2);
  });

  it('says which part of a long prompt was left out, and of a short one nothing', async () => {
    const warnings: [string, string | undefined][] = [];
    const warning: Stage['warning'] = (message, field) => warnings.push([message, field]);
    await textToImage({ ...quick, steps: 1, prompt: 'apple '.repeat(80), plainPrompts: true }, stage({ warning }));
    expect(warnings).toEqual([
      ['prompt is 80 tokens long and the model takes 75: the last 5 were left out.', 'prompt'],
    ]);
  });

  it('keeps its latents when decoding fails, so that only the decode is repeated', async () => {
    const kept = new Map<string, unknown>();
    const keep: Stage['kept'] = async (name, compute) => {
      if (!kept.has(name)) kept.set(name, await compute());
      return kept.get(name) as never;
    };
    const phases: string[] = [];
    const broken = {
      ...model,
      id: 'broken',
      family: { ...model.family, vaeDecoder: { ...model.family.vaeDecoder, folder: 'unet' } },
    };
    await expect(textToImage({ ...quick, model: broken }, stage({ kept: keep }))).rejects.toMatchObject({
      code: 'model',
    });
    const [picture] = await draw(quick, stage({ kept: keep, progress: (phase) => phases.push(phase) }));
    const [direct] = await draw(quick, stage());
    expect(phases).not.toContain('denoise');
    expect(Buffer.compare(picture!.rgb, direct!.rgb)).toBe(0);
  });
});

describe('decodeLatents', () => {
  it('gives one picture for each', async () => {
    const latents = { dtype: 'float32', dims: [2, 4, 4, 4], data: new Float32Array(128) } as const;
    const pictures = await decodeLatents(model, latents, stage());
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      [32, 32],
      [32, 32],
    ]);
  });
});

describe('imageSeed', () => {
  it('counts on, and stays a whole number at the end of the range', () => {
    expect(imageSeed(7, 3)).toBe(10);
    expect(imageSeed(Number.MAX_SAFE_INTEGER, 2)).toBe(1);
  });
});
