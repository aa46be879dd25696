import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPicture } from '../images/read-picture.ts';
import { openEngine } from './open.ts';

const MEBIBYTE = 2 ** 20;
const PROMPTS = ['red apple', 'green heart', 'yellow star', 'snowman', 'blue circle', 'red heart'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-table-loads-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const workflow = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    table: { type: 'table', inputs: { rows: PROMPTS.map((prompt) => ({ prompt })) } },
    model: { type: 'load_model' },
    generate: { type: 'image_generate', inputs: { width: 64, height: 64, steps: 1, seed: 5 } },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'table', port: 'prompt' }, to: { node: 'generate', port: 'prompt' } },
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

/** How often a table loads each network under a real limit of onnxruntime's arena, and what it draws. */
async function drawTable(limitMiB: number | null) {
  const loads: Record<string, number> = {};
  const events: RunEvent[] = [];
  let peakBytes = 0;
  const engine = await openEngine(
    {
      modelFolders: [bundledModels],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: join(folder, String(limitMiB)),
      previewFolder: join(folder, 'previews'),
      device: 'cpu',
      ...(limitMiB === null ? {} : { memoryLimitBytes: limitMiB * MEBIBYTE }),
    },
    {
      onLease(lease) {
        const [, network] = /^load starter (\w+)$/.exec(lease?.what ?? '') ?? [];
        if (network) loads[network] = (loads[network] ?? 0) + 1;
      },
      onMemory: ({ arena }) => {
        peakBytes = Math.max(peakBytes, arena?.peakBytes ?? 0);
      },
      onLog: () => {},
    },
  );
  await engine.run(
    { runId: 'table', workflow },
    { signal: new AbortController().signal, onEvent: (event) => events.push(event) },
  );
  await engine.clearCache();
  const paths = events.flatMap((event) => (event.type === 'image' ? [event.image.path] : []));
  return {
    loads,
    peakBytes,
    rungs: new Set(events.flatMap((event) => (event.type === 'recovery' ? [event.rung] : []))),
    pixels: await Promise.all(paths.map(async (path) => (await readPicture(path)).pixels.rgb)),
  };
}

// The weights take 9.8 (text encoder), 79.9 (denoiser) and 9.2 MiB (VAE); decoding takes 3.9 MiB more: 103 MiB together.
it('a table under a limit loads only what had to make room again, reads the prompts once, and draws the same', async () => {
  const free = await drawTable(null);
  const once = { text_encoder: 1, unet: 1, vae_decoder: 1 };
  expect(free.loads).toEqual(once);
  for (const [limitMiB, loads] of [
    [98, once],
    [92, { ...once, unet: PROMPTS.length }],
  ] as const) {
    const limited = await drawTable(limitMiB);
    expect(limited.loads, `loads under ${limitMiB} MiB`).toEqual(loads);
    expect(limited.rungs).toEqual(new Set(['stage-by-stage']));
    expect(limited.peakBytes).toBeLessThanOrEqual(limitMiB * MEBIBYTE);
    expect(limited.pixels).toHaveLength(PROMPTS.length);
    expect(limited.pixels).toEqual(free.pixels);
  }
}, 240_000);
