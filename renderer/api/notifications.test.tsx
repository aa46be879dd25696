import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCommand } from '../commands.ts';
import { expectRestart } from '../stores/engine.ts';
import { setJobs } from '../stores/queue.ts';
import { exampleImage, exampleJob } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Toaster } from '../ui/Toaster.tsx';
import { connectNotifications } from './notifications.ts';

let app: FakeApp;
let stop: () => void;

beforeEach(() => {
  app = installFakeApp();
  stop = connectNotifications();
});

afterEach(() => {
  stop();
  vi.restoreAllMocks();
  resetWindow();
});

const ready = (pid: number) => ({ state: 'ready', pid, device: 'cpu', runtime: 'onnxruntime' }) as const;

function renderToasts() {
  return renderInWindow(<Toaster theme="dark" />);
}

describe('notifications', () => {
  it('tell why a run failed and lead to the node', async () => {
    const show = vi.fn();
    const unregister = registerCommand('show-node', show);
    const { user } = renderToasts();
    const place = { nodeId: 'generate' };
    act(() =>
      app.emit('run:event', {
        jobId: 'a',
        event: { type: 'error', error: { code: 'memory', message: '9.8 GiB are needed', place } },
      }),
    );
    expect(await screen.findByText('9.8 GiB are needed')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Show node' }));
    expect(show).toHaveBeenCalledWith(place);
    unregister();
  });

  it('are silent about a run that the person stopped', async () => {
    renderToasts();
    act(() => {
      app.emit('run:event', {
        jobId: 'b',
        event: { type: 'error', error: { code: 'cancelled', message: 'it was stopped', place: {} } },
      });
      app.emit('notice', { level: 'info', message: 'something else' });
    });
    await screen.findByText('something else');
    expect(screen.queryByText('it was stopped')).toBeNull();
  });

  it('tell what the engine did to get by with the memory', async () => {
    renderToasts();
    act(() =>
      app.emit('run:event', {
        jobId: 'c',
        event: { type: 'recovery', rung: 'vae-tiling', message: 'Decoding in tiles: memory was short' },
      }),
    );
    expect(await screen.findByText('Decoding in tiles: memory was short')).toBeTruthy();
  });

  it('gather what one run does about memory in one toast, each thing once, and begin anew with the next run', async () => {
    renderToasts();
    const recover = (jobId: string, message: string) =>
      act(() => app.emit('run:event', { jobId, event: { type: 'recovery', nodeId: 'a', rung: 'x', message } }));
    for (const message of [
      'Draws them one by one, because memory ran out.',
      'Decodes in tiles.',
      'Draws them one by one, because memory ran out.',
    ])
      recover('m', message);
    const details = () => screen.queryAllByText(/Decodes in tiles\./).map(({ textContent }) => textContent);
    await waitFor(() => expect(details()).toEqual(['Draws them one by one.\nDecodes in tiles.']));
    recover('n', 'Decodes in tiles.');
    await waitFor(() =>
      expect(details().toSorted()).toEqual(['Decodes in tiles.', 'Draws them one by one.\nDecodes in tiles.']),
    );
  });

  it('tell the end of a run only to a person who looks elsewhere', async () => {
    const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    renderToasts();
    setJobs([exampleJob({ id: 'd', name: 'Portrait', state: 'done', images: [exampleImage()] })]);
    const done = { jobId: 'd', event: { type: 'done', state: 'done', images: 1, seconds: 8.1 } } as const;
    act(() => app.emit('run:event', done));
    focus.mockReturnValue(false);
    act(() => app.emit('run:event', { ...done, event: { ...done.event, seconds: 9.5 } }));
    expect(await screen.findByText('1 picture in 9.5 s')).toBeTruthy();
    expect(screen.queryByText('1 picture in 8.1 s')).toBeNull();
  });

  it('tell that the engine was lost, which job that costs time, and that it is back', async () => {
    renderToasts();
    setJobs([exampleJob({ name: 'Landscape', state: 'running' })]);
    act(() => {
      app.emit('engine:status', ready(1));
      app.emit('engine:status', { state: 'restarting', reason: 'its process crashed', attempt: 1, at: 0 });
    });
    expect(await screen.findByText('Its process crashed. “Landscape” goes back to the queue.')).toBeTruthy();
    act(() => app.emit('engine:status', ready(2)));
    expect(await screen.findByText('The engine is back')).toBeTruthy();
  });

  it('do not make a surprise of a restart that the person asked for, nor of the first start', async () => {
    renderToasts();
    act(() => {
      app.emit('engine:status', ready(11));
      expectRestart();
      app.emit('engine:status', { state: 'restarting', reason: 'it was restarted by hand', attempt: 1, at: 0 });
      app.emit('notice', { level: 'info', message: 'nothing but this' });
    });
    await screen.findByText('nothing but this');
    await waitFor(() => expect(screen.queryByText('It was restarted by hand.')).toBeNull());
  });
});
