import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogLine } from '../../../engine/contract/protocol.ts';
import { addLog } from '../../stores/engine.ts';
import { installFakeApp } from '../../testing/fake-app.ts';
import { giveElementsSize } from '../../testing/layout.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { LogPanel } from './LogPanel.tsx';

beforeEach(() => {
  installFakeApp();
  giveElementsSize(360, 600);
});

afterEach(() => {
  vi.restoreAllMocks();
  resetWindow();
});

let time = 0;
const line = (level: LogLine['level'], message: string): LogLine => ({ time: ++time, level, message });
const shows = (message: string) => screen.queryByText(message) !== null;

describe('LogPanel', () => {
  it('shows what matters and keeps the rest for those who ask', () => {
    addLog([line('debug', 'arena grew'), line('info', 'unet loaded'), line('error', 'out of memory')]);
    renderInWindow(<LogPanel />);
    expect(shows('unet loaded')).toBe(true);
    expect(shows('out of memory')).toBe(true);
    expect(shows('arena grew')).toBe(false);
  });

  it('finds lines by their words', async () => {
    addLog([line('info', 'unet loaded'), line('info', 'vae loaded')]);
    const { user } = renderInWindow(<LogPanel />);
    await user.type(screen.getByRole('textbox', { name: 'Filter the log' }), 'VAE');
    await waitFor(() => expect(shows('unet loaded')).toBe(false));
    expect(shows('vae loaded')).toBe(true);
    await user.type(screen.getByRole('textbox', { name: 'Filter the log' }), ' nothing');
    expect(await screen.findByText('No line matches')).toBeTruthy();
  });

  it('copies the lines that it shows', async () => {
    addLog([line('warning', 'memory is short'), line('debug', 'arena grew')]);
    const { user } = renderInWindow(<LogPanel />);
    await user.click(screen.getByRole('button', { name: 'Copy the log' }));
    expect(await navigator.clipboard.readText()).toMatch(/^\d\d:\d\d:\d\d warning memory is short$/);
  });

  it('clears', async () => {
    addLog([line('info', 'unet loaded')]);
    const { user } = renderInWindow(<LogPanel />);
    await user.click(screen.getByRole('button', { name: 'Clear the log' }));
    expect(screen.getByText('The log is empty')).toBeTruthy();
  });

  it('keeps a long log out of the page but for what is in sight', () => {
    addLog(Array.from({ length: 4000 }, (_, index) => line('info', `line ${index}`)));
    renderInWindow(<LogPanel />);
    expect(screen.getByRole('log').querySelectorAll('[data-index]').length).toBeLessThan(200);
  });
});

describe('the log', () => {
  it('takes lines once that are told both as history and as news', () => {
    const [first, second, third] = [line('info', 'one'), line('info', 'two'), line('info', 'three')];
    addLog([second, third]);
    addLog([first, second]);
    renderInWindow(<LogPanel />);
    expect(screen.getByRole('log').textContent).toMatch(/one.*two.*three$/);
    expect(screen.getAllByText('two')).toHaveLength(1);
  });
});
