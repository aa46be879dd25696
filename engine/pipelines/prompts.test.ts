import { afterAll, expect, it } from 'vitest';
import { quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { ReferenceModels } from '../../tests/support/pipelines.ts';
import { zerosLike } from './encode-text.ts';
import { NO_WISHES } from './memory-wishes.ts';
import { encodePrompts, ladderFor, type TextToImageRequest, textToImage } from './text-to-image.ts';

const environment = quietEnvironment();
const models = new ReferenceModels();
afterAll(() => models.remove());

/** Draws in one step; gives the picture and what was warned of. */
async function draw(pipeline: string, wanted: Partial<TextToImageRequest>) {
  const model = models.open(pipeline);
  const warnings: { message: string; field: string | undefined }[] = [];
  const stage = quietStage({ environment, warning: (message, field) => warnings.push({ message, field }) });
  const { guidanceScale, scheduler } = model.defaults;
  const size = { width: 64, height: 64, steps: 1, seed: 3, count: 1 };
  const request = { model, prompt: '', negativePrompt: '', ...size, guidanceScale, scheduler, memory: NO_WISHES };
  const { pictures } = await textToImage({ ...request, ...wanted }, stage);
  return { rgb: pictures[0]!.rgb, warnings };
}

it.each([
  ['sd15', 600],
  ['sdxl', 600],
  ['flux_dev', 511],
  ['flux_schnell', 255],
])('%s draws a prompt of 10,000 words after one warning that it reads %i tokens', async (pipeline, room) => {
  const { rgb, warnings } = await draw(pipeline, { prompt: 'apple '.repeat(10_000) });
  expect(rgb).toHaveLength(64 * 64 * 3);
  expect(warnings).toEqual([{ field: 'prompt', message: expect.stringContaining(`the model takes ${room}: `) }]);
});

it('FLUX says nothing of a prompt that is too long for CLIP and not for T5', async () => {
  const { warnings } = await draw('flux_dev', { prompt: 'apple '.repeat(100) });
  expect(warnings).toEqual([]);
});

it.each([
  ['flux_dev', 3.5],
  ['flux_schnell', 3.5],
  ['sdxl', 1],
])('%s at a guidance scale of %d is not changed by a negative prompt, and says so', async (pipeline, guidanceScale) => {
  const plain = await draw(pipeline, { prompt: 'apple', guidanceScale });
  const other = await draw(pipeline, { prompt: 'apple', guidanceScale, negativePrompt: 'a cat' });
  expect(Buffer.compare(plain.rgb, other.rgb)).toBe(0);
  expect(plain.warnings).toEqual([]);
  expect(other.warnings).toEqual([{ field: 'negative_prompt', message: expect.stringContaining('no effect') }]);
});

// diffusers: StableDiffusionXLPipeline.encode_prompt, zero_out_negative_prompt
it.each(['zeros', 'encoded'] as const)('SDXL reads no negative prompt as %s where the model says so', async (kind) => {
  const model = { ...models.open('sdxl'), emptyNegative: kind };
  const { width, height } = model.defaults;
  const request = { model, negativePrompt: '', width, height, guidanceScale: 5, count: 1, memory: NO_WISHES };
  const sampling = { steps: 1, scheduler: model.defaults.scheduler, seed: 3 };
  const stage = quietStage({ environment });
  const wanted = { ...request, ...sampling, prompt: '' };
  const { positive, negative } = await encodePrompts(wanted, stage, ladderFor(wanted, stage));
  expect(negative).toEqual(kind === 'zeros' ? zerosLike(positive) : positive);
  expect(positive).not.toEqual(zerosLike(positive));
});

it.each([
  ['flux_dev', 'follows'],
  ['flux_schnell', 'does not know'],
])('%s %s the guidance scale', async (pipeline, verb) => {
  const [low, high] = [await draw(pipeline, { guidanceScale: 2 }), await draw(pipeline, { guidanceScale: 6 })];
  expect(Buffer.compare(low.rgb, high.rgb) === 0).toBe(verb === 'does not know');
});
