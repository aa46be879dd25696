import { act, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { addSamples } from '../stores/monitor.ts';
import { setJobs } from '../stores/queue.ts';
import { applyRunEvent } from '../stores/run.ts';
import { useUi } from '../stores/ui.ts';
import { exampleGpu, exampleJob, exampleSample } from '../testing/examples.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { StatusBar } from './StatusBar.tsx';

afterEach(resetWindow);

describe('StatusBar', () => {
  it('says what the running job does, and how many wait behind it', () => {
    setJobs([exampleJob({ id: 'a', state: 'running', startedAt: Date.now() }), exampleJob({ id: 'b' })]);
    renderInWindow(<StatusBar />);
    act(() => {
      applyRunEvent({ jobId: 'a', event: { type: 'start', runId: 'a', nodes: ['generate'] } });
      applyRunEvent({ jobId: 'a', event: { type: 'node', nodeId: 'generate', state: 'running' } });
      applyRunEvent({
        jobId: 'a',
        event: { type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.5, detail: 'step 10 of 20' },
      });
    });
    expect(screen.getByText('generate: step 10 of 20')).toBeTruthy();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50');
    expect(screen.getByText('1 more job')).toBeTruthy();
  });

  it('shows how full the card is, and leads to the memory panel', async () => {
    useUi.setState({ sidePanel: 'log', sidePanelOpen: false });
    addSamples([exampleSample({ gpu: exampleGpu() })]);
    const { user } = renderInWindow(<StatusBar />);
    expect(screen.getByText('9.0 GiB of 24.0 GiB')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Show the memory panel' }));
    expect(useUi.getState()).toMatchObject({ sidePanel: 'memory', sidePanelOpen: true });
  });

  it('speaks of the memory of the computer where there is no card', () => {
    addSamples([exampleSample()]);
    renderInWindow(<StatusBar />);
    expect(screen.getByText('RAM')).toBeTruthy();
    expect(screen.getByText('Nothing is running')).toBeTruthy();
  });
});
