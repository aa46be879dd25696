import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelAt, quietStage } from '../../tests/support/engine.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import type { Model } from '../families/model.ts';
import type { Picture } from '../images/picture.ts';
import type { NodeContext } from './context.ts';
import { drawingSize } from './drawing-size.ts';
import { imageToImage } from './image-to-image.ts';
import { inpaint } from './inpaint.ts';

let folder: string;
let model: Model;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-nodes-'));
  model = modelAt(writePipeline('sd15', join(folder, 'sd15')), 'sd15');
});
afterAll(() => rmSync(folder, { recursive: true }));

function contextWith(warnings: string[]): NodeContext {
  const unused = () => Promise.reject(new Error('not asked for here'));
  return {
    ...quietStage({ warning: (message) => warnings.push(message) }),
    model: unused,
    upscaler: unused,
    locate: unused,
    pictures: { save: unused, preview: unused },
    clearCache: unused,
  };
}

const defaults = (node: typeof inpaint) =>
  Object.fromEntries(node.descriptor.inputs.map(({ name, field }) => [name, field?.default]));

const stripes = (width: number, height: number): Picture => {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, index) => (Math.floor(index / 3) % width) * 2);
  return { width, height, rgb, settings: {} };
};

/** One step of a small model over pictures. */
async function over(node: typeof inpaint, image: Picture[], more: Record<string, unknown> = {}) {
  const warnings: string[] = [];
  const inputs = { ...defaults(node), model, image, steps: 1, strength: 1, seed: 3, guidance_scale: 1, ...more };
  const { image: drawn } = await node.run(contextWith(warnings), inputs);
  return { drawn: drawn as Picture[], warnings };
}

describe('drawing over pictures', () => {
  it('draws each of them, in its own size, with seeds that go on', async () => {
    const { drawn, warnings } = await over(imageToImage, [stripes(64, 72), stripes(96, 64)], { num_images: 2 });
    expect(drawn.map(({ width, height }) => [width, height])).toEqual([
      [64, 72],
      [64, 72],
      [96, 64],
      [96, 64],
    ]);
    expect(drawn.map(({ settings }) => settings.seed)).toEqual([3, 4, 5, 6]);
    expect(drawn[0]?.settings).toMatchObject({ strength: 1, steps: 1, scheduler: 'pndm', model: 'sd15' });
    expect(warnings).toEqual([]);
  });

  it('makes the smallest picture large enough to draw', async () => {
    const { drawn } = await over(imageToImage, [stripes(1, 1)]);
    expect(drawn[0]).toMatchObject({ width: 64, height: 64 });
  });

  it('draws a far too large picture smaller, and says so', async () => {
    const { drawn, warnings } = await over(imageToImage, [stripes(2000, 300)]);
    expect(drawn[0]).toMatchObject({ width: 128, height: 64 });
    expect(warnings).toEqual([
      'The picture is 2000 × 300 pixels large and is drawn at 128 × 64. Set width and height for another size.',
    ]);
  });

  it('stretches a mask of another size over the picture, and names both sizes', async () => {
    const mask = { width: 32, height: 16, values: new Uint8Array(512).fill(255, 0, 256) };
    const picture = stripes(64, 64);
    const { drawn, warnings } = await over(inpaint, [picture], { mask });
    expect(warnings).toEqual([
      'The mask is 32 × 16 pixels large and the picture 64 × 64: the mask was stretched over it. Make both the same size to choose exactly.',
    ]);
    const lowest = 64 * 56 * 3;
    expect(Buffer.compare(drawn[0]!.rgb.subarray(lowest), picture.rgb.subarray(lowest))).toBe(0);
    expect(Buffer.compare(drawn[0]!.rgb.subarray(0, 64 * 3), picture.rgb.subarray(0, 64 * 3))).not.toBe(0);
  });

  it('estimates with the picture at hand, and without one with the size that the model was trained on', async () => {
    const context = { ...quietStage().environment, budgetBytes: null } as never;
    const bytes = async (image: unknown) =>
      (await imageToImage.estimate?.(context, { ...defaults(imageToImage), model, image }))?.peakBytes ?? 0;
    const native = await bytes(undefined);
    expect(await bytes([{ ...stripes(0, 0), width: 64, height: 64 }])).toBe(native);
    expect(await bytes([{ ...stripes(0, 0), width: 128, height: 128 }])).toBeGreaterThan(native);
  });
});

describe('drawingSize', () => {
  const own = { width: -1, height: -1 };

  it('is the nearest that the model can draw', () => {
    expect(drawingSize({ width: 100, height: 70 }, model, own)).toEqual({ width: 104, height: 72 });
  });

  it('lets the other side follow one that is set, and takes both as they are', () => {
    expect(drawingSize({ width: 100, height: 50 }, model, { width: 80, height: -1 })).toEqual({
      width: 80,
      height: 64,
    });
    expect(drawingSize({ width: 100, height: 50 }, model, { width: -1, height: 64 })).toEqual({
      width: 128,
      height: 64,
    });
    expect(drawingSize({ width: 9, height: 9 }, model, { width: 72, height: 640 })).toEqual({ width: 72, height: 640 });
  });
});
