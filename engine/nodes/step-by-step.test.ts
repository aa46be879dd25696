import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import type { Model } from '../families/model.ts';
import type { Picture } from '../images/picture.ts';
import type { NodeContext } from './context.ts';
import { decode } from './decode.ts';
import type { NodeDefinition } from './define.ts';
import { emptyLatent } from './empty-latent.ts';
import { encodeImage } from './encode-image.ts';
import { encodePrompt } from './encode-prompt.ts';
import { imageGenerate } from './image-generate.ts';
import { imageToImage } from './image-to-image.ts';
import { inpaint } from './inpaint.ts';
import { sample } from './sample.ts';

let folder: string;
let model: Model;
let other: Model;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-steps-'));
  model = modelAt(writePipeline('sd15', join(folder, 'sd15')), 'sd15');
  other = modelAt(writePipeline('sdxl', join(folder, 'sdxl')), 'sdxl');
});
afterAll(() => rmSync(folder, { recursive: true }));

const unused = () => Promise.reject(new Error('not asked for here'));
const context: NodeContext = {
  ...quietStage({ environment: quietEnvironment() }),
  model: unused,
  upscaler: unused,
  locate: unused,
  pictures: { save: unused, preview: unused },
  clearCache: unused,
};

/** Runs a node with its fields' defaults where nothing else is said; answers its one output. */
async function run<Value>(node: NodeDefinition, inputs: Record<string, unknown>): Promise<Value> {
  const { descriptor } = node;
  const defaults = Object.fromEntries(descriptor.inputs.map(({ name, field }) => [name, field?.default]));
  const outputs = await node.run(context, { ...defaults, model, ...inputs });
  return outputs[descriptor.outputs[0]!.name] as Value;
}

const DRAWN = { steps: 2, seed: 5, guidance_scale: 3, scheduler: 'euler_a' };
const PROMPTS = { prompt: 'red apple', negative_prompt: 'blurry' };

async function prompts() {
  const positive = await run(encodePrompt, { prompt: PROMPTS.prompt });
  return { positive, negative: await run(encodePrompt, { prompt: PROMPTS.negative_prompt }) };
}

const picture: Picture = {
  width: 64,
  height: 64,
  rgb: Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 3) % 256),
  settings: {},
};

describe('step by step', () => {
  it('draws what Image Generate draws at once, with the same settings', async () => {
    const latents = await run(emptyLatent, { width: 64, height: 72, num_images: 2 });
    const sampled = await run(sample, { ...DRAWN, ...(await prompts()), latents });
    const drawn = await run<Picture[]>(decode, { latents: sampled });
    const atOnce = await run<Picture[]>(imageGenerate, { ...DRAWN, ...PROMPTS, width: 64, height: 72, num_images: 2 });
    expect(drawn).toHaveLength(2);
    for (const [index, { rgb, settings }] of drawn.entries()) {
      expect(Buffer.compare(rgb, atOnce[index]!.rgb)).toBe(0);
      expect(settings).toEqual(atOnce[index]!.settings);
    }
  });

  it('draws with prompts that were read in different numbers of chunks', async () => {
    const latents = await run(emptyLatent, { width: 64, height: 64 });
    const negative = await run(encodePrompt, { prompt: PROMPTS.negative_prompt });
    const draw = async (prompt: string) => {
      const positive = await run(encodePrompt, { prompt });
      const sampled = await run(sample, { ...DRAWN, positive, negative, latents });
      const [drawn] = await run<Picture[]>(decode, { latents: sampled });
      return drawn!.rgb;
    };
    const long = 'red apple '.repeat(50);
    expect(Buffer.compare(await draw(`${long}green heart`), await draw(`${long}blue car`))).not.toBe(0);
  });

  it('draws over a picture what Image to Image draws, and takes the empty prompt for the negative one', async () => {
    const { positive } = await prompts();
    const latents = await run(encodeImage, { image: [picture] });
    const sampled = await run(sample, { ...DRAWN, positive, latents, strength: 0.5 });
    const [drawn] = await run<Picture[]>(decode, { latents: sampled });
    const inputs = { ...DRAWN, prompt: PROMPTS.prompt, image: [picture], strength: 0.5 };
    const [atOnce] = await run<Picture[]>(imageToImage, inputs);
    expect(Buffer.compare(drawn!.rgb, atOnce!.rgb)).toBe(0);
  });

  it('draws into a masked part what Inpaint draws there', async () => {
    const mask = { width: 64, height: 64, values: new Uint8Array(64 * 64).fill(255, 0, 64 * 32) };
    const latents = await run(encodeImage, { image: [picture], mask });
    const sampled = await run(sample, { ...DRAWN, ...(await prompts()), latents });
    const [drawn] = await run<Picture[]>(decode, { latents: sampled });
    const [atOnce] = await run<Picture[]>(inpaint, { ...DRAWN, ...PROMPTS, image: [picture], mask });
    const upper = 64 * 32 * 3;
    expect(Buffer.compare(drawn!.rgb.subarray(0, upper), atOnce!.rgb.subarray(0, upper))).toBe(0);
    expect(Buffer.compare(drawn!.rgb, atOnce!.rgb)).not.toBe(0);
  });

  it('goes on from latents that were drawn', async () => {
    const latents = await run(sample, {
      ...DRAWN,
      ...(await prompts()),
      latents: [{ ...picture, encoded: undefined }],
    });
    const further = await run<unknown[]>(sample, { ...DRAWN, ...(await prompts()), latents, strength: 0.5, seed: 6 });
    expect(await run<Picture[]>(decode, { latents: further })).toMatchObject([
      { width: 64, settings: { seed: 6, strength: 0.5 } },
    ]);
  });

  it('says that empty latents must be drawn before they are decoded', async () => {
    const latents = await run(emptyLatent, { width: 64, height: 64 });
    await expect(run(decode, { latents })).rejects.toMatchObject({
      code: 'input',
      message: /let Sample draw them first/,
    });
  });

  it('refuses what another family made, by name', async () => {
    const { positive } = await prompts();
    const latents = await run(emptyLatent, { width: 64, height: 64 });
    const message = /made with a model of another family \(sd15\) than sdxl \(sdxl\)/;
    await expect(run(sample, { ...DRAWN, model: other, positive, latents })).rejects.toMatchObject({
      code: 'input',
      message,
    });
    const encoded = await run(encodeImage, { image: [picture] });
    await expect(run(decode, { model: other, latents: encoded })).rejects.toMatchObject({ code: 'input', message });
  });

  it('estimates each step alone', async () => {
    const asked = { ...context.environment, model: unused, upscaler: unused, locate: unused, budgetBytes: null };
    const components = async (node: NodeDefinition) => {
      const defaults = Object.fromEntries(node.descriptor.inputs.map(({ name, field }) => [name, field?.default]));
      return (await node.estimate?.(asked, { ...defaults, model }))?.stages.map(({ component }) => component);
    };
    expect(await components(encodePrompt)).toEqual(['text_encoder']);
    expect(await components(encodeImage)).toEqual(['vae_encoder']);
    expect(await components(sample)).toEqual(['unet']);
    expect(await components(decode)).toEqual(['vae_decoder']);
  });
});
