import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { peakSignalToNoise } from '../../tests/support/compare.ts';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPicture } from '../images/read-picture.ts';
import { openEngine } from './open.ts';

const MEBIBYTE = 2 ** 20;
const PICTURES = 4;
/** From generous to hopeless, in MiB. */
const LIMITS = [1024, 256, 160, 125, 110, 100, 90, 70, 40, 20, 12, 1];
/** Rungs after which the same numbers are rounded otherwise. */
const ROUNDING = ['vae-tiling', 'encoder-offload'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-limits-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const workflow = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    model: { type: 'load_model' },
    generate: {
      type: 'image_generate',
      inputs: { prompt: 'red apple', steps: 1, seed: 5, num_images: PICTURES, width: 256, height: 256 },
    },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

/** A whole run of an engine of its own under a real limit of onnxruntime's arena. */
async function draw(name: string, limitMiB: number | null) {
  const results = join(folder, name);
  const events: RunEvent[] = [];
  const engine = await openEngine(
    {
      modelFolders: [bundledModels],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: results,
      previewFolder: join(folder, 'previews'),
      device: 'cpu',
      ...(limitMiB === null ? {} : { memoryLimitBytes: limitMiB * MEBIBYTE }),
    },
    { onLease: () => {}, onMemory: () => {}, onLog: () => {} },
  );
  await engine.run(
    { runId: name, workflow },
    { signal: new AbortController().signal, onEvent: (event) => events.push(event) },
  );
  await engine.clearCache();
  const images = events.flatMap((event) => (event.type === 'image' ? [event.image] : []));
  return {
    state: events.flatMap((event) => (event.type === 'done' ? [event.state] : [])),
    errors: events.flatMap((event) => (event.type === 'error' ? [event.error] : [])),
    pixels: await Promise.all(images.map(async ({ path }) => (await readPicture(path)).pixels.rgb)),
    rungs: events.flatMap((event) => (event.type === 'recovery' ? [event.rung] : [])),
    files: readdirSync(folder).includes(name) ? readdirSync(results) : [],
  };
}

it('under any limit a run draws the same pictures, or says what was tried and what would fit', async () => {
  const free = await draw('free', null);
  const ended = { done: 0, failed: 0 };
  let wouldFit = 0;
  for (const limit of LIMITS) {
    const drawn = await draw(`limit-${limit}`, limit);
    if (drawn.state[0] === 'done') {
      ended.done += 1;
      expect(drawn.files, `files under ${limit} MiB`).toHaveLength(PICTURES);
      const bound = drawn.rungs.some((rung) => ROUNDING.includes(rung)) ? 60 : Number.POSITIVE_INFINITY;
      for (const [index, pixels] of drawn.pixels.entries()) {
        const decibels = peakSignalToNoise(pixels, free.pixels[index] as Uint8Array);
        expect(decibels, `picture ${index} under ${limit} MiB`).toBeGreaterThanOrEqual(bound);
      }
      continue;
    }
    ended.failed += 1;
    expect(drawn.state, `under ${limit} MiB`).toEqual(['failed']);
    expect(drawn.files, `files under ${limit} MiB`).toEqual([]);
    expect(drawn.errors).toEqual([expect.objectContaining({ code: 'memory' })]);
    const { message } = drawn.errors[0] as { message: string };
    expect(message).toContain('one by one');
    wouldFit = Number(/It should fit into (\d+) MiB/.exec(message)?.[1]);
  }
  expect(ended.done).toBeGreaterThan(0);
  expect(ended.failed).toBeGreaterThan(0);
  expect(await draw('fitting', wouldFit)).toMatchObject({ state: ['done'], errors: [] });
}, 900_000);
