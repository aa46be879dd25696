import { screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCommand } from '../../commands.ts';
import { setJobs } from '../../stores/queue.ts';
import { applyRunEvent } from '../../stores/run.ts';
import { useUi } from '../../stores/ui.ts';
import { exampleImage, exampleJob } from '../../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { QueuePanel } from './QueuePanel.tsx';

let app: FakeApp;

beforeEach(() => {
  app = installFakeApp()
    .answer('queue:cancel', () => undefined)
    .answer('queue:retry', () => exampleJob())
    .answer('queue:clear-finished', () => undefined);
});

afterEach(resetWindow);

const done = exampleJob({
  id: 'done',
  name: 'Apple',
  state: 'done',
  startedAt: 0,
  finishedAt: 8100,
  images: [exampleImage({ path: '/results/1.png' }), exampleImage({ path: '/results/2.png' })],
});

describe('QueuePanel', () => {
  it('says how to fill it while it is empty', () => {
    renderInWindow(<QueuePanel />);
    expect(screen.getByText('Nothing in the queue')).toBeTruthy();
  });

  it('tells how a job went, and opens its pictures', async () => {
    setJobs([done]);
    const { user } = renderInWindow(<QueuePanel />);
    expect(screen.getByText('Done in 8.1 s · 2 pictures')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'View picture 2 of Apple' }));
    expect(useUi.getState().viewedPicture).toBe('/results/2.png');
  });

  it('follows the running job and cancels it', async () => {
    setJobs([
      exampleJob({
        id: 'now',
        name: 'Pear',
        state: 'running',
        startedAt: 0,
        attempts: 2,
        note: 'the engine was restarted',
      }),
    ]);
    applyRunEvent({ jobId: 'now', event: { type: 'start', runId: 'now', nodes: ['generate'] } });
    applyRunEvent({ jobId: 'now', event: { type: 'node', nodeId: 'generate', state: 'running' } });
    applyRunEvent({
      jobId: 'now',
      event: { type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.35, detail: 'step 7 of 20' },
    });
    const { user } = renderInWindow(<QueuePanel />);
    expect(screen.getByText('step 7 of 20')).toBeTruthy();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('35');
    expect(screen.getByText('The engine was restarted; running again')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Cancel Pear' }));
    expect(app.parametersOf('queue:cancel')).toEqual([{ jobId: 'now' }]);
  });

  it('tells why a job failed and where, and runs it again', async () => {
    const show = vi.fn();
    const unregister = registerCommand('show-node', show);
    const error = { code: 'memory', message: '9.8 GiB are needed', place: { nodeId: 'generate' } } as const;
    setJobs([exampleJob({ id: 'bad', name: 'Plum', state: 'failed', error })]);
    const { user } = renderInWindow(<QueuePanel />);
    expect(screen.getByRole('listitem', { name: 'Plum, failed' }).textContent).toContain('9.8 GiB are needed');
    await user.click(screen.getByRole('button', { name: 'generate' }));
    expect(show).toHaveBeenCalledWith({ nodeId: 'generate' });
    await user.click(screen.getByRole('button', { name: 'Run Plum again' }));
    expect(app.parametersOf('queue:retry')).toEqual([{ jobId: 'bad' }]);
    unregister();
  });

  it('clears what is over, if anything is', async () => {
    setJobs([exampleJob({ state: 'queued' })]);
    const { user } = renderInWindow(<QueuePanel />);
    const clear = screen.getByRole('button', { name: 'Clear finished' });
    expect(clear).toHaveProperty('disabled', true);
    setJobs([exampleJob({ state: 'queued' }), done]);
    await vi.waitFor(() => expect(clear).toHaveProperty('disabled', false));
    await user.click(clear);
    expect(app.parametersOf('queue:clear-finished')).toHaveLength(1);
  });

  it('lists what runs before what waits before what is over', () => {
    setJobs([
      done,
      exampleJob({ id: 'b', name: 'Waits', state: 'queued' }),
      exampleJob({ id: 'c', name: 'Runs', state: 'running' }),
    ]);
    renderInWindow(<QueuePanel />);
    const rows = within(screen.getByRole('list', { name: 'Jobs' })).getAllByRole('listitem');
    expect(rows.map((row) => row.getAttribute('aria-label'))).toEqual([
      'Runs, running',
      'Waits, queued',
      'Apple, done',
    ]);
  });
});
