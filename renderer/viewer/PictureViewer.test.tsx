import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCommand } from '../commands.ts';
import { setJobs } from '../stores/queue.ts';
import { useUi, viewPicture } from '../stores/ui.ts';
import { exampleImage, exampleJob } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { PictureViewer } from './PictureViewer.tsx';

let app: FakeApp;

beforeEach(() => {
  app = installFakeApp().answer('app:show-in-folder', () => undefined);
  const image = (seed: number) =>
    exampleImage({
      path: `/results/${seed}.png`,
      settings: { prompt: 'red apple', negative_prompt: '', seed, steps: 20 },
    });
  setJobs([exampleJob({ state: 'done', images: [image(1), image(2), image(3)] })]);
});

afterEach(() => {
  vi.restoreAllMocks();
  resetWindow();
});

function renderViewer(path = '/results/2.png') {
  viewPicture(path);
  return renderInWindow(<PictureViewer />);
}

describe('PictureViewer', () => {
  it('says how memory was saved', () => {
    const settings = { prompt: 'red apple', memory_savings: 'stage-by-stage, vae-tiling' };
    setJobs([exampleJob({ state: 'done', images: [exampleImage({ path: '/results/4.png', settings })] })]);
    renderViewer('/results/4.png');
    expect(screen.getByText('Memory savings')).toBeTruthy();
    expect(screen.getByText('Stage by stage, VAE tiling')).toBeTruthy();
  });

  it('shows what drew a picture, ready to be copied', async () => {
    const { user } = renderViewer();
    expect(screen.getByRole('dialog', { name: 'red apple (seed 2)' })).toBeTruthy();
    expect(screen.getByText('256 × 256')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Copy seed' }));
    expect(await navigator.clipboard.readText()).toBe('2');
    await user.click(screen.getByRole('button', { name: 'Copy prompt' }));
    expect(await navigator.clipboard.readText()).toBe('red apple');
    expect(screen.queryByText('Negative prompt')).toBeNull();
  });

  it('walks through the pictures with buttons and arrows, and stops at the ends', async () => {
    const { user } = renderViewer();
    await user.click(screen.getByRole('button', { name: 'Next picture' }));
    expect(useUi.getState().viewedPicture).toBe('/results/3.png');
    expect(screen.queryByRole('button', { name: 'Next picture' })).toBeNull();
    for (const _ of [1, 2, 3]) fireEvent.keyDown(screen.getByRole('dialog'), { key: 'ArrowLeft' });
    expect(useUi.getState().viewedPicture).toBe('/results/1.png');
  });

  it('closes on Escape', async () => {
    const { user } = renderViewer();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('shows the file in its folder', async () => {
    const { user } = renderViewer();
    await user.click(screen.getByRole('button', { name: 'Show in folder' }));
    expect(app.parametersOf('app:show-in-folder')).toEqual([{ path: '/results/2.png' }]);
  });

  it('opens the workflow that is inside the picture', async () => {
    const open = vi.fn();
    const unregister = registerCommand('open-file', open);
    const { user } = renderViewer();
    await user.click(screen.getByRole('button', { name: 'Open its workflow' }));
    await waitFor(() => expect(open).toHaveBeenCalledWith({ path: '/results/2.png' }));
    await waitFor(() => expect(useUi.getState().viewedPicture).toBeNull());
    unregister();
  });

  it('is closed for a picture that the queue has forgotten', () => {
    renderViewer('/results/gone.png');
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
