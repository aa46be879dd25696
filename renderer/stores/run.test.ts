import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../engine/contract/events.ts';
import { exampleImage } from '../testing/examples.ts';
import { applyRunEvent, clearRun, endRun, resetRun, useRun, useRunSummary } from './run.ts';

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
  cleanup();
  resetRun();
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
    expect(useRun.getState().current?.nodeId).toBe('generate');
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
    // As two rows of a table would.
    for (let row = 0; row < 2; row += 1) {
      tell({ type: 'recovery', nodeId: 'generate', rung: 'vae-tiling', message: 'decoding in tiles' });
    }
    tell({ type: 'warning', message: 'the prompt was cut', place: { nodeId: 'generate' } });
    tell({ type: 'error', error });
    expect(node('generate')).toMatchObject({
      state: 'failed',
      error,
      recoveries: ['decoding in tiles'],
      notes: ['the prompt was cut'],
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

describe('another document', () => {
  const progress: RunEvent = {
    type: 'progress',
    nodeId: 'generate',
    phase: 'denoise',
    fraction: 0.5,
    detail: 'step 10',
  };

  it('shows nothing of a run that goes on from the one before, but the run as a whole', () => {
    start();
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    clearRun();
    clearRun();
    tell(progress);
    tell({ type: 'preview', nodeId: 'generate', jpeg });
    expect(useRun.getState()).toMatchObject({ state: 'running', isOwn: false, nodes: {}, current: { fraction: 0.5 } });
    expect(living.size).toBe(0);
  });

  it('shows nothing of a job that was queued before it was opened', () => {
    clearRun();
    clearRun();
    const before = Date.now() - 1000;
    applyRunEvent({ jobId: 'old', event: { type: 'start', runId: 'old', nodes: ['generate'] } }, before);
    expect(node('generate')).toBeUndefined();
    applyRunEvent({ jobId: 'new', event: { type: 'start', runId: 'new', nodes: ['generate'] } }, Date.now());
    expect(node('generate')?.state).toBe('waiting');
  });

  it('is not what the first one is: that shows what was left in the queue', () => {
    clearRun();
    const yesterday = Date.now() - 86_400_000;
    applyRunEvent({ jobId: 'left', event: { type: 'start', runId: 'left', nodes: ['generate'] } }, yesterday);
    expect(node('generate')?.state).toBe('waiting');
  });
});

it('joins a run that began before the page was there', () => {
  tell({ type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.5, detail: 'step 10' });
  expect(useRun.getState()).toMatchObject({ jobId: 'job', state: 'running' });
  expect(node('generate')?.fraction).toBe(0.5);
});

describe('useRunSummary', () => {
  it('gives the node at work with its own progress: the bar says what the words beside it say', () => {
    const { result } = renderHook(() => useRunSummary());
    expect(result.current).toMatchObject({ nodeId: null, fraction: null });
    act(() => {
      start('job', ['model', 'generate']);
      tell({ type: 'node', nodeId: 'model', state: 'cached' });
      tell({ type: 'node', nodeId: 'generate', state: 'running' });
      tell({ type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.5, detail: 'step 10 of 20' });
    });
    expect(result.current).toMatchObject({ jobId: 'job', nodeId: 'generate', fraction: 0.5, detail: 'step 10 of 20' });
  });
});
