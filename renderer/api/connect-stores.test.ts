import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useEngine } from '../stores/engine.ts';
import { useModels } from '../stores/models.ts';
import { useMonitor } from '../stores/monitor.ts';
import { useQueue } from '../stores/queue.ts';
import { useRun } from '../stores/run.ts';
import { useSettings } from '../stores/settings.ts';
import { exampleEngineMemory, exampleJob, exampleModel, exampleSample } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { resetWindow } from '../testing/render.tsx';
import { connectStores } from './connect-stores.ts';

let app: FakeApp;
let disconnect: (() => void) | undefined;

beforeEach(() => {
  app = installFakeApp();
});

afterEach(() => {
  disconnect?.();
  resetWindow();
});

async function connect() {
  disconnect = await connectStores();
}

describe('connectStores', () => {
  it('fetches what was there before the window was', async () => {
    app
      .answer('queue:list', () => [exampleJob()])
      .answer('monitor:history', () => [exampleSample()])
      .answer('models:list', () => [exampleModel()]);
    await connect();
    expect(useSettings.getState().settings?.resultsFolder).toBe('/results');
    await vi.waitFor(() => {
      expect(useQueue.getState().jobs).toHaveLength(1);
      expect(useMonitor.getState().samples).toHaveLength(1);
      expect(useModels.getState().library).toMatchObject({ state: 'ready' });
    });
  });

  it('follows main from then on', async () => {
    await connect();
    app.emit('engine:status', { state: 'ready', pid: 7, device: 'cpu', runtime: 'onnxruntime' });
    app.emit('queue:changed', [exampleJob({ state: 'running' })]);
    app.emit('run:event', { jobId: 'job-1', event: { type: 'start', runId: 'job-1', nodes: ['a'] } });
    expect(useEngine.getState().status.state).toBe('ready');
    expect(useQueue.getState().jobs[0]?.state).toBe('running');
    expect(useRun.getState().jobId).toBe('job-1');
  });

  it('lists the models again when main says that they changed', async () => {
    await connect();
    app.answer('models:list', () => [exampleModel({ id: 'new' })]);
    app.emit('models:changed', null);
    await vi.waitFor(() => expect(useModels.getState().library).toMatchObject({ models: [{ id: 'new' }] }));
  });

  it('opens the window all the same when a call fails, and notes the reason in the log', async () => {
    app.answer('settings:get', () => {
      throw new Error('settings.json cannot be read');
    });
    await connect();
    expect(useSettings.getState().settings).toBeNull();
    expect(useEngine.getState().log.map(({ message }) => message)).toContain('settings.json cannot be read');
  });

  it('ends a run whose job is back in the queue: the engine that ran it is gone', async () => {
    await connect();
    app.emit('queue:changed', [exampleJob({ state: 'running' })]);
    app.emit('run:event', { jobId: 'job-1', event: { type: 'start', runId: 'job-1', nodes: ['a'] } });
    app.emit('queue:changed', [exampleJob({ state: 'queued', note: 'the engine was restarted' })]);
    expect(useRun.getState().state).toBe('cancelled');
  });

  it('forgets what a dead engine held', async () => {
    await connect();
    app.emit('engine:status', { state: 'ready', pid: 7, device: 'cpu', runtime: 'onnxruntime' });
    app.emit('engine:memory', exampleEngineMemory());
    expect(useEngine.getState().memory).not.toBeNull();
    app.emit('engine:status', { state: 'restarting', reason: 'it was killed', attempt: 1, at: 0 });
    expect(useEngine.getState().memory).toBeNull();
  });

  it('lets go of every event when it is undone', async () => {
    await connect();
    disconnect?.();
    disconnect = undefined;
    expect(app.listenerCount()).toBe(0);
  });
});
