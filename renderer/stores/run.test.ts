import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../engine/contract/events.ts';
import { exampleImage } from '../testing/examples.ts';
import { applyRunEvent, clearRun, endRun, runProgress, useRun } from './run.ts';

const tell = (event: RunEvent, jobId = 'job') => applyRunEvent({ jobId, event });
const node = (id: string) => useRun.getState().nodes[id];
const start = (jobId = 'job', nodes = ['model', 'generate', 'save']) =>
  tell({ type: 'start', runId: jobId, nodes }, jobId);
const jpeg = new Uint8Array([0xff, 0xd8, 0xff]);

let living: Set<string>;

beforeEach(() => {
  living = new Set();
  let count = 0;
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    const url = `blob:${++count}`;
    living.add(url);
    return url;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void living.delete(url));
});

afterEach(() => {
  clearRun();
  vi.restoreAllMocks();
});

describe('a run', () => {
  it('shows every node of the run as waiting, and no other', () => {
    start();
    expect(node('generate')?.state).toBe('waiting');
    expect(node('elsewhere')).toBeUndefined();
  });

  it('follows a node from running over its progress to done', () => {
    start();
    tell({ type: 'node', nodeId: 'generate', state: 'running' });
    tell({ type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.35, detail: 'step 7 of 20' });
    expect(node('generate')).toMatchObject({
      state: 'running',
      phase: 'denoise',
      fraction: 0.35,
      detail: 'step 7 of 20',
    });
    expect(useRun.getState().currentNode).toBe('generate');
    tell({ type: 'node', nodeId: 'generate', state: 'done', seconds: 8.1 });
    expect(node('generate')).toMatchObject({ state: 'done', fraction: 1, seconds: 8.1, detail: null });
  });

  it('does not touch other nodes when one makes progress, so that they need not be drawn again', () => {
    start();
    const before = node('save');
    tell({ type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.5, detail: 'step 10 of 20' });
    expect(node('save')).toBe(before);
  });

  it('keeps only the newest preview alive, and none once the node is done', () => {
    start();
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    expect([...living]).toEqual([node('generate')?.previewUrl]);
    tell({ type: 'node', nodeId: 'generate', state: 'done' });
    expect(node('generate')?.previewUrl).toBeNull();
    expect(living.size).toBe(0);
  });

  it('gives previews back when another run starts and when the run is forgotten', () => {
    start();
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    start('next');
    expect(living.size).toBe(0);
    tell({ type: 'preview', nodeId: 'generate', jpeg }, 'next');
    clearRun();
    expect(living.size).toBe(0);
  });

  it('gathers the pictures of a node, which only main can address', () => {
    start();
    const image = exampleImage({ nodeId: 'save' });
    applyRunEvent({ jobId: 'job', event: { type: 'image', image }, image });
    expect(node('save')?.images).toEqual([image]);
  });

  it('puts an error, a warning and a recovery at their node', () => {
    start();
    const error = { code: 'memory' as const, message: 'not enough memory', place: { nodeId: 'generate' } };
    tell({ type: 'recovery', nodeId: 'generate', rung: 'vae-tiling', message: 'decoding in tiles' });
    tell({ type: 'warning', message: 'the prompt was cut', place: { nodeId: 'generate' } });
    tell({ type: 'error', error });
    expect(node('generate')).toMatchObject({
      state: 'failed',
      error,
      notes: ['decoding in tiles', 'the prompt was cut'],
    });
  });

  it('leaves nothing running when it ends before its nodes did', () => {
    start();
    tell({ type: 'node', nodeId: 'model', state: 'done' });
    tell({ type: 'node', nodeId: 'generate', state: 'running' });
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    tell({ type: 'done', state: 'cancelled', images: 0, seconds: 3 });
    expect(Object.values(useRun.getState().nodes).map(({ state }) => state)).toEqual([
      'done',
      'cancelled',
      'cancelled',
    ]);
    expect(useRun.getState().state).toBe('cancelled');
    expect(living.size).toBe(0);
  });

  it('starts clean: nothing of the run before is left, also when the same job runs again', () => {
    start();
    tell({ type: 'error', error: { code: 'internal', message: 'a defect', place: { nodeId: 'generate' } } });
    start();
    expect(node('generate')).toMatchObject({ state: 'waiting', error: null });
  });

  it('is not disturbed by what is still told of an older one', () => {
    start('old');
    start('new');
    tell({ type: 'node', nodeId: 'generate', state: 'failed' }, 'old');
    tell({ type: 'done', state: 'failed', images: 0, seconds: 1 }, 'old');
    expect(useRun.getState()).toMatchObject({ jobId: 'new', state: 'running' });
    expect(node('generate')?.state).toBe('waiting');
  });

  it('ends where its job ended without a last word', () => {
    start();
    tell({ type: 'node', nodeId: 'generate', state: 'running' });
    endRun('another', 'failed');
    expect(useRun.getState().state).toBe('running');
    endRun('job', 'failed');
    expect(useRun.getState().state).toBe('failed');
    expect(node('generate')?.state).toBe('cancelled');
  });
});

describe('runProgress', () => {
  it('counts nodes that are done whole and the one at work by its fraction', () => {
    expect(runProgress({})).toBeNull();
    start('job', ['model', 'generate']);
    tell({ type: 'node', nodeId: 'model', state: 'cached' });
    tell({ type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.5, detail: '' });
    expect(runProgress(useRun.getState().nodes)).toBe(0.75);
  });
});
