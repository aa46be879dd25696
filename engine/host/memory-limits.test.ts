import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledModels } from '../../tests/support/engine.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { openEngine } from './open.ts';

const MEBIBYTE = 2 ** 20;
const PICTURES = 8;
/** From generous to hopeless, in MiB. */
const LIMITS = [1024, 512, 256, 160, 125, 110, 100, 90, 80, 50, 20, 1];

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
      inputs: { prompt: 'red apple', steps: 2, seed: 5, num_images: PICTURES, width: 256, height: 256 },
    },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

/** The compressed pixels of a PNG file, without its texts, which tell of the savings. */
function pixelBytes(path: string): Buffer {
  const png = readFileSync(path);
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

/** A whole run of an engine of its own under a real limit of onnxruntime's arena. */
async function draw(name: string, limitMiB: number | null) {
  const results = join(folder, name);
  const events: RunEvent[] = [];
  const engine = await openEngine(
    {
      modelFolders: [bundledModels],
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
    pixels: images.map(({ path }) => pixelBytes(path)),
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
      const same = drawn.pixels.filter((pixels, index) => pixels.equals(free.pixels[index] as Buffer));
      expect(same, `pictures under ${limit} MiB`).toHaveLength(PICTURES);
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
