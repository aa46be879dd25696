import { screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setJobs } from '../../stores/queue.ts';
import { useUi } from '../../stores/ui.ts';
import { exampleImage, exampleJob } from '../../testing/examples.ts';
import { installFakeApp } from '../../testing/fake-app.ts';
import { giveElementsSize } from '../../testing/layout.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { ResultsPanel } from './ResultsPanel.tsx';

beforeEach(() => {
  installFakeApp();
  giveElementsSize(360, 600);
});

afterEach(() => {
  vi.restoreAllMocks();
  resetWindow();
});

const pictures = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    exampleImage({ path: `/results/${index}.png`, settings: { prompt: 'red apple', seed: index } }),
  );

describe('ResultsPanel', () => {
  it('says what will be here while there are no pictures', () => {
    renderInWindow(<ResultsPanel />);
    expect(screen.getByText('No pictures yet')).toBeTruthy();
  });

  it('opens a picture in the viewer', async () => {
    setJobs([exampleJob({ state: 'done', images: pictures(3) })]);
    const { user } = renderInWindow(<ResultsPanel />);
    await user.click(screen.getByRole('button', { name: 'View red apple (seed 1)' }));
    expect(useUi.getState().viewedPicture).toBe('/results/1.png');
  });

  it('keeps only pictures near the sight in the page', () => {
    setJobs([exampleJob({ state: 'done', images: pictures(2000) })]);
    renderInWindow(<ResultsPanel />);
    expect(screen.getByText('2000 pictures')).toBeTruthy();
    const shown = screen.getAllByRole('button', { name: /^View/ }).length;
    expect(shown).toBeGreaterThan(3);
    expect(shown).toBeLessThan(60);
  });
});
