import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectCommands } from '../api/connect-commands.ts';
import { blockCommand, registerCommand } from '../commands.ts';
import { setEngineStatus } from '../stores/engine.ts';
import { setJobs } from '../stores/queue.ts';
import { exampleJob } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Toaster } from '../ui/Toaster.tsx';
import { EngineAlert } from './EngineAlert.tsx';
import { Toolbar } from './Toolbar.tsx';

let app: FakeApp;
let stops: (() => void)[];
const run = vi.fn();

const button = (name: string) => screen.getByRole('button', { name });
const ready = { state: 'ready', pid: 4711, device: 'cpu', runtime: 'onnxruntime' } as const;

beforeEach(() => {
  app = installFakeApp();
  stops = [connectCommands(), registerCommand('run', run)];
  setEngineStatus(ready);
});

afterEach(() => {
  for (const stop of stops) stop();
  blockCommand('run', null);
  run.mockReset();
  resetWindow();
});

function renderToolbar() {
  return renderInWindow(
    <>
      <Toolbar />
      <EngineAlert />
      <Toaster theme="dark" />
    </>,
  );
}

describe('the toolbar', () => {
  it.each([
    'New',
    'Open',
    'Save',
    'Undo',
    'Redo',
    'Add node',
    'Clear cache',
    'Restart engine',
    'Settings',
    'Stop',
    'Run',
  ])('has a button "%s"', (name) => {
    renderToolbar();
    expect(button(name)).toBeTruthy();
  });

  it('runs the document', async () => {
    const { user } = renderToolbar();
    await user.click(button('Run'));
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('does not run a document that has problems, and says which', async () => {
    blockCommand('run', 'Load Model: choose a model');
    const { user } = renderToolbar();
    await user.hover(button('Run'));
    expect((await screen.findByRole('tooltip')).textContent).toContain('Load Model: choose a model');
    await user.click(button('Run'));
    expect(run).not.toHaveBeenCalled();
    expect(button('Run').getAttribute('aria-disabled')).toBe('true');
  });

  it('stops the running job, and only where one is running', async () => {
    app.answer('queue:cancel', () => undefined);
    const { user } = renderToolbar();
    await user.click(button('Stop'));
    expect(app.parametersOf('queue:cancel')).toEqual([]);
    setJobs([exampleJob({ id: 'a', state: 'queued' }), exampleJob({ id: 'b', state: 'running' })]);
    await user.click(button('Stop'));
    expect(app.parametersOf('queue:cancel')).toEqual([{ jobId: 'b' }]);
  });

  it('says that it is stopping until the engine has heard of it', async () => {
    let heard = () => {};
    app.answer('queue:cancel', () => new Promise((resolve) => (heard = () => resolve(undefined))));
    setJobs([exampleJob({ state: 'running' })]);
    const { user } = renderToolbar();
    await user.click(button('Stop'));
    await user.click(button('Stop'));
    expect(app.parametersOf('queue:cancel')).toHaveLength(1);
    expect(button('Stop').getAttribute('aria-disabled')).toBe('true');
    heard();
    await waitFor(() => expect(button('Stop').getAttribute('aria-disabled')).toBeNull());
  });

  it('says how much memory came back when the cache was cleared', async () => {
    app.answer('engine:clear-cache', () => ({ evicted: ['unet', 'vae_decoder'], freedBytes: 384 * 1024 ** 2 }));
    const { user } = renderToolbar();
    await user.click(button('Clear cache'));
    expect(await screen.findByText('384 MiB came back')).toBeTruthy();
    expect(screen.getByText('2 components unloaded: UNet, VAE decoder')).toBeTruthy();
  });

  it('tells why the cache could not be cleared', async () => {
    app.answer('engine:clear-cache', () => {
      throw new Error('the engine was lost');
    });
    const { user } = renderToolbar();
    await user.click(button('Clear cache'));
    expect(await screen.findByText('the engine was lost')).toBeTruthy();
  });

  it('restarts the engine while a job runs, and says what becomes of the job', async () => {
    app.answer('engine:restart', () => undefined);
    setJobs([exampleJob({ name: 'Portrait', state: 'running' })]);
    const { user } = renderToolbar();
    await user.click(button('Restart engine'));
    expect(app.parametersOf('engine:restart')).toHaveLength(1);
    expect(await screen.findByText('“Portrait” goes back to the queue and runs again.')).toBeTruthy();
  });
});

describe('the engine status', () => {
  const pill = () => screen.getByRole('status', { name: 'Engine status' });

  it('carries the state and the process id', async () => {
    renderToolbar();
    expect(pill().dataset).toMatchObject({ state: 'ready', pid: '4711' });
    setEngineStatus({ state: 'starting', attempt: 1 });
    await waitFor(() => expect(pill().dataset.state).toBe('starting'));
    expect(pill().dataset.pid).toBeUndefined();
  });

  it('offers another try and blocks Run when the engine is given up', async () => {
    app.answer('engine:restart', () => undefined);
    setEngineStatus({ state: 'failed', reason: 'libstdc++6 is missing' });
    const { user } = renderToolbar();
    expect(screen.getByRole('alert').textContent).toContain('libstdc++6 is missing');
    await user.click(button('Run'));
    expect(run).not.toHaveBeenCalled();
    await user.click(button('Try again'));
    expect(app.parametersOf('engine:restart')).toHaveLength(1);
  });
});

describe("main's menu", () => {
  it('does the same as the buttons', () => {
    app.emit('command', 'run');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('says why a blocked document does not run', async () => {
    renderToolbar();
    blockCommand('run', 'Image Generate: Model is not connected');
    app.emit('command', 'run');
    expect(await screen.findByText('Image Generate: Model is not connected')).toBeTruthy();
    expect(run).not.toHaveBeenCalled();
  });
});
