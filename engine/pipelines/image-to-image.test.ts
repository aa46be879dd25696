import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise, relativeError } from '../../tests/support/compare.ts';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { readReferenceJson, readReferenceTensors } from '../../tests/support/fixtures.ts';
import { type RecordedNetwork, writeNetwork, writePipeline } from '../../tests/support/pipelines.ts';
import type { Model } from '../families/model.ts';
import type { Mask } from '../images/mask.ts';
import type { Pixels } from '../images/picture.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { skippedSteps } from './image-start.ts';
import { IMAGE_TO_IMAGE, type ImageToImageRequest, imageToImage } from './image-to-image.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { Stage } from './stage.ts';
import { estimateTextToImage, textToImage } from './text-to-image.ts';

interface RecordedRun {
  readonly model: string;
  readonly scheduler: SchedulerId | null;
  readonly seed: number;
  readonly masked: boolean;
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly num_inference_steps: number;
  readonly guidance_scale: number;
  readonly strength: number;
}

const { width, height, nine, runs } = readReferenceJson<{
  width: number;
  height: number;
  nine: RecordedNetwork;
  runs: Record<string, RecordedRun>;
}>('image-to-image/image-to-image.json');
const outputs = readReferenceTensors('image-to-image/image-to-image.safetensors');

/** The picture and the mask of record.py. */
const picture: Pixels = {
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    return ((pixel % width) * 3 + Math.floor(pixel / width) * 2 + (index % 3) * 40) % 256;
  }),
};
const mask: Mask = {
  width,
  height,
  values: Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [column, row] = [pixel % width, Math.floor(pixel / width)];
    return column > 20 && column + row < 80 ? 255 : 0;
  }),
};

const environment = quietEnvironment();
const stage = quietStage({ environment });
let folder: string;
const models = new Map<string, Model>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-image-to-image-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function modelOf(name: string): Model {
  const known = models.get(name);
  if (known) return known;
  const path = writePipeline(name === 'nine' ? 'sd15' : name, join(folder, name));
  if (name === 'nine') writeNetwork(nine, join(path, 'unet'));
  const model = modelAt(path, name);
  models.set(name, model);
  return model;
}

function requestOf(run: RecordedRun): ImageToImageRequest {
  const model = modelOf(run.model);
  return {
    model,
    prompt: run.prompt,
    negativePrompt: run.negative_prompt ?? '',
    width,
    height,
    steps: run.num_inference_steps,
    guidanceScale: run.guidance_scale,
    scheduler: run.scheduler ?? model.defaults.scheduler,
    seed: run.seed,
    count: 1,
    memory: NO_WISHES,
    picture,
    strength: run.strength,
    ...(run.masked ? { mask } : {}),
  };
}

/** What is drawn, with the latents that it is decoded from. */
async function draw(request: ImageToImageRequest) {
  let latents: Tensor<'float32'> | undefined;
  const kept: Stage['kept'] = async (name, compute) => {
    const value = await compute();
    if (name === 'latents') latents = value as Tensor<'float32'>;
    return value;
  };
  const { pictures } = await imageToImage(request, quietStage({ environment, kept }));
  return { picture: pictures[0] as Pixels, latents: latents as Tensor<'float32'> };
}

describe.each(Object.entries(runs))('%s', (name, run) => {
  it('is drawn as diffusers draws it', async () => {
    const drawn = await draw(requestOf(run));
    expect(relativeError(drawn.latents.data, outputs.get(`${name}/latents`)!)).toBeLessThan(1e-3);
    const image = outputs.get(`${name}/image`)!;
    const expected = picture.rgb.map((value, index) => {
      const pixel = Math.floor(index / 3);
      // Around the mask, diffusers gives what the decoder makes of the original's latents.
      if (run.masked && mask.values[pixel] === 0) return value;
      return Math.round(255 * (image[(index % 3) * width * height + pixel] as number));
    });
    expect(peakSignalToNoise(drawn.picture.rgb, expected)).toBeGreaterThan(45);
    const untouched = drawn.picture.rgb.every((value, index) => {
      return mask.values[Math.floor(index / 3)] !== 0 || value === picture.rgb[index];
    });
    expect(untouched).toBe(run.masked);
  });
});

describe('image to image', () => {
  const run = runs.sd15_euler_a!;

  it('draws picture i of a run as the picture of its own seed', async () => {
    const request = { ...requestOf(run), mask };
    const { pictures } = await imageToImage({ ...request, count: 2 }, stage);
    const { picture: second } = await draw({ ...request, seed: run.seed + 1 });
    expect(pictures).toHaveLength(2);
    expect(relativeError(pictures[1]!.rgb, second.rgb)).toBeLessThan(1e-2);
    expect(relativeError(pictures[0]!.rgb, second.rgb)).toBeGreaterThan(0.05);
  });

  it('refuses a strength that leaves no step to draw, and says which would do', async () => {
    const refused = imageToImage({ ...requestOf(run), strength: 0.1 }, stage);
    await expect(refused).rejects.toMatchObject({
      code: 'input',
      message: 'A strength of 0.1 leaves none of 5 steps to draw. Take a strength of at least 0.20, or more steps.',
      place: { field: 'strength' },
    });
  });

  it('begins where diffusers begins: flow matching rounds what is left out, the others what is done', () => {
    expect(skippedSteps(5, 0.5, false)).toBe(3);
    expect(skippedSteps(5, 0.5, true)).toBe(2);
    expect(skippedSteps(20, 0.7, false)).toBe(6);
    expect(skippedSteps(20, 1, true)).toBe(0);
  });

  it('draws nothing but masked parts with a network that is made for that', async () => {
    const request = { ...requestOf(runs['inpaint_nine_1.0']!), mask: undefined };
    const message = /^nine fills masked parts of pictures and draws nothing else: use Inpaint\.$/;
    await expect(imageToImage(request, stage)).rejects.toMatchObject({ code: 'input', message });
    await expect(textToImage(request, stage)).rejects.toMatchObject({ code: 'input', message });
  });

  it('needs memory for the encoder too, and finds it stage by stage', async () => {
    const request = requestOf(run);
    const { stages } = await estimateTextToImage(
      { ...request, parts: IMAGE_TO_IMAGE },
      { ...environment, budgetBytes: null },
    );
    expect(stages.map(({ component }) => component)).toEqual(['text_encoder', 'vae_encoder', 'unet', 'vae_decoder']);
  });
});
