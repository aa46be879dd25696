import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import type { RunEvent } from '../contract/events.ts';
import type { EngineMemory } from '../contract/memory.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { openEngine } from './open.ts';

const other = vi.hoisted(() => ({ path: '' }));
vi.mock('../ort/arena/runtime-library.ts', async (original) => {
  const { loadedLibraries, loadedRuntimePath } = await original<typeof import('../ort/arena/runtime-library.ts')>();
  return { loadedLibraries, loadedRuntimePath: (loaded?: string[]) => other.path || loadedRuntimePath(loaded) };
});

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-other-runtime-'));
  const { supportedProviders } = await import('../ort/session.ts');
  const { loadedRuntimePath } = await import('../ort/arena/runtime-library.ts');
  // Makes sure that the library is loaded.
  supportedProviders();
  const runtime = readFileSync(loadedRuntimePath());
  runtime.write('1.31.0', runtime.indexOf('\0' + '1.29.0' + '\0') + 1);
  other.path = join(folder, 'libonnxruntime-other.so');
  writeFileSync(other.path, runtime);
});
afterAll(() => rmSync(folder, { recursive: true }));

const workflow = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    model: { type: 'load_model' },
    generate: { type: 'image_generate', inputs: { width: 64, height: 64, steps: 1 } },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

it.each([
  ['info', 'neither read nor limited', undefined],
  ['warning', 'limit cannot be kept', 2 ** 20],
])(
  'beside an onnxruntime of another version the engine draws without the arena, and says so (%s)',
  async (level, words, memoryLimitBytes) => {
    const logged: string[] = [];
    const accounts: EngineMemory[] = [];
    const ends: RunEvent[] = [];
    const options = {
      modelFolders: [bundledModels],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: join(folder, level),
      previewFolder: join(folder, 'previews'),
      device: 'cpu' as const,
      memoryLimitBytes,
    };
    const engine = await openEngine(options, {
      onLease: () => {},
      onMemory: (memory) => accounts.push(memory),
      onLog: (said, message) => logged.push(`${said}: ${message}`),
    });
    await engine.run(
      { runId: level, workflow },
      {
        signal: new AbortController().signal,
        onEvent: (event) => event.type === 'done' && ends.push(event),
      },
    );
    expect(ends).toEqual([expect.objectContaining({ state: 'done', images: 1 })]);
    expect(logged[0]).toMatch(new RegExp(`^${level}: .*${words}.*onnxruntime 1\\.31\\.0 is not known`));
    expect(accounts.every(({ arena }) => arena === null)).toBe(true);
    expect((await engine.estimate(workflow)).fits).toBe(memoryLimitBytes ? 'no' : 'unknown');
  },
);
