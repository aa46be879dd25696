import { act, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from './App.tsx';
import { connectStores } from './api/connect-stores.ts';
import { showSidePanel } from './stores/ui.ts';
import { exampleGpu, exampleJob, exampleSample } from './testing/examples.ts';
import { type FakeApp, installFakeApp } from './testing/fake-app.ts';
import { renderInWindow, resetWindow } from './testing/render.tsx';

const editor = vi.hoisted(() => ({ renders: 0, broken: false }));

// Only how often it is asked to render matters here; the real one has its own tests.
vi.mock('./editor/EditorPane.tsx', () => ({
  EditorPane: () => {
    editor.renders += 1;
    if (editor.broken) throw new Error('the canvas has a defect');
    return <p>canvas</p>;
  },
}));
// The test's page has no canvas to draw on.
vi.mock('uplot', () => ({
  default: class {
    setData() {}
    setSize() {}
    destroy() {}
  },
}));

let app: FakeApp;
let disconnect: () => void;

beforeEach(async () => {
  app = installFakeApp().answer('workflow:initial', () => {
    throw new Error('not asked for here');
  });
  disconnect = await connectStores();
  editor.renders = 0;
  editor.broken = false;
});

afterEach(() => {
  disconnect();
  vi.restoreAllMocks();
  resetWindow();
});

describe('the window', () => {
  it('leaves the editor alone while samples, statuses and progress come in', () => {
    let commits = 0;
    renderInWindow(
      <Profiler id="window" onRender={() => commits++}>
        <App />
      </Profiler>,
    );
    const { renders } = editor;
    const before = commits;
    act(() => app.emit('queue:changed', [exampleJob({ state: 'running' })]));
    act(() => app.emit('run:event', { jobId: 'job-1', event: { type: 'start', runId: 'job-1', nodes: ['a'] } }));
    for (let time = 1; time <= 8; time++) {
      act(() => app.emit('monitor:sample', exampleSample({ time, gpu: exampleGpu({ utilisation: time }) })));
      act(() =>
        app.emit('run:event', {
          jobId: 'job-1',
          event: { type: 'progress', nodeId: 'a', phase: 'denoise', fraction: time / 8, detail: `step ${time} of 8` },
        }),
      );
    }
    expect(commits).toBeGreaterThan(before);
    expect(editor.renders).toBe(renders);
  });

  it('keeps everything else when the editor breaks', () => {
    editor.broken = true;
    vi.spyOn(console, 'error').mockImplementation(() => {});
    renderInWindow(<App />);
    expect(screen.getByText('The editor could not be shown')).toBeTruthy();
    expect(screen.getByText('the canvas has a defect')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Save' })).toBeTruthy();
  });

  it('hides the side panel and brings it back on the tab that is asked for', async () => {
    const { user } = renderInWindow(<App />);
    await user.click(screen.getByRole('button', { name: 'Hide side panel' }));
    expect(screen.queryByRole('tab', { name: 'Memory' })).toBeNull();
    act(() => showSidePanel('log'));
    expect(screen.getByRole('tab', { name: 'Log' }).getAttribute('aria-selected')).toBe('true');
  });

  it('asks main about itself once it can show what main then tells', async () => {
    renderInWindow(<App />);
    await vi.waitFor(() => expect(app.parametersOf('app:info')).toHaveLength(1));
  });
});
