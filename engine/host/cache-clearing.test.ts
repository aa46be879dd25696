import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { openEngine } from './open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-clearing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const workflow = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    table: { type: 'table', inputs: { rows: [{ prompt: 'red apple' }, { prompt: 'green heart' }] } },
    model: { type: 'load_model' },
    generate: { type: 'image_generate', inputs: { width: 64, height: 64, steps: 1 } },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'table', port: 'prompt' }, to: { node: 'generate', port: 'prompt' } },
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

it.each([
  ['auto', 1],
  ['always', 2],
] as const)(
  'with %s, two rows of a table load the denoiser %d times where memory is not short',
  async (cacheClearing, times) => {
    const leases: string[] = [];
    const states: string[] = [];
    const engine = await openEngine(
      {
        modelFolders: [bundledModels],
        tokenizersFolder: bundledTokenizers,
        resultsFolder: join(folder, 'results'),
        previewFolder: join(folder, 'previews'),
        device: 'cpu',
        cacheClearing,
      },
      { onLease: (lease) => lease && leases.push(lease.what), onMemory: () => {}, onLog: () => {} },
    );
    await engine.run(
      { runId: cacheClearing, workflow },
      {
        signal: new AbortController().signal,
        onEvent: (event) => event.type === 'row' && states.push(event.state),
      },
    );
    await engine.clearCache();
    expect(states).toEqual(['running', 'done', 'running', 'done']);
    expect(leases.filter((what) => what === 'load starter unet')).toHaveLength(times);
  },
);
