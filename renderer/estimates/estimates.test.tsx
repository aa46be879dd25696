import { screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { setEstimate } from '../stores/estimate.ts';
import { exampleEstimate, exampleNodeEstimate } from '../testing/examples.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { NodeEstimate } from './NodeEstimate.tsx';
import { WorkflowEstimate } from './WorkflowEstimate.tsx';

const GIB = 1024 ** 3;

afterEach(resetWindow);

function renderNode(node: Parameters<typeof exampleNodeEstimate>[0], budgetBytes: number | null) {
  setEstimate(exampleEstimate({ nodes: { generate: exampleNodeEstimate(node) }, budgetBytes }));
  return renderInWindow(<NodeEstimate nodeId="generate" />);
}

describe('on a node', () => {
  it('is nothing where the node needs nothing of the device', () => {
    setEstimate(exampleEstimate());
    const { container } = renderInWindow(<NodeEstimate nodeId="save" />);
    expect(container.textContent).toBe('');
  });

  it.each([
    { node: { peakBytes: 2 * GIB }, budget: 8 * GIB, colour: 'text-success', words: 'It fits: 8.0 GiB can be used' },
    {
      node: { peakBytes: 3 * GIB, undegradedBytes: 5 * GIB },
      budget: 4 * GIB,
      colour: 'text-warning',
      words: 'Without them it would need 5.0 GiB.',
    },
    {
      node: { peakBytes: 3 * GIB, undegradedBytes: 9 * GIB, leastBytes: 2.5 * GIB },
      budget: 2 * GIB,
      colour: 'text-danger',
      words: 'needs 2.5 GiB at the very least',
    },
    { node: { peakBytes: 2 * GIB }, budget: null, colour: 'text-soft', words: 'is not known' },
  ])('says in words and by its colour whether it fits: $words', ({ node, budget, colour, words }) => {
    renderNode(node, budget);
    const badge = screen.getByText(new RegExp(`^${(node.peakBytes / GIB).toFixed(1)} GiB`));
    expect(badge.className).toContain(colour);
    expect(badge.textContent).toContain(words);
  });

  it('tells which row of a table needs that much', async () => {
    const { user } = renderNode({ row: 6, pictures: { width: 1024, height: 768, count: 1 } }, 8 * GIB);
    await user.hover(screen.getByText(/^2\.0 GiB/));
    const [tip] = await screen.findAllByRole('tooltip');
    expect(within(tip!).getByText('In row 7: 1024 × 768, 1 image')).toBeTruthy();
  });

  it('tells the stages and the savings to whoever points at it', async () => {
    const { user } = renderNode(
      { peakBytes: 3 * GIB, undegradedBytes: 5 * GIB, savings: ['draws 4 pictures at a time'] },
      4 * GIB,
    );
    await user.hover(screen.getByText(/^3\.0 GiB/));
    const [tip] = await screen.findAllByRole('tooltip');
    expect(within(tip!).getByRole('row', { name: 'Denoise UNet 1.6 GiB + 300 MiB' })).toBeTruthy();
    expect(within(tip!).getByText('Headroom draws 4 pictures at a time.')).toBeTruthy();
  });
});

describe('of the whole workflow', () => {
  it.each([
    [exampleEstimate(), 'It needs about 2.0 GiB; 8.0 GiB can be used on CUDA (RTX 4090).'],
    [
      exampleEstimate({ fits: 'tight' }),
      'It needs about 2.0 GiB, with savings; 8.0 GiB can be used on CUDA (RTX 4090).',
    ],
    [exampleEstimate({ fits: 'unknown', budgetBytes: null }), 'It needs about 2.0 GiB on CUDA (RTX 4090).'],
    [
      exampleEstimate({ fits: 'no', budgetBytes: GIB / 2 }),
      'It is not expected to fit: it needs 1.0 GiB at the very least; 512 MiB can be used on CUDA (RTX 4090).',
    ],
    [
      exampleEstimate({
        nodes: { generate: exampleNodeEstimate({ row: 6, pictures: { width: 1024, height: 768, count: 4 } }) },
      }),
      'It needs about 2.0 GiB in row 7: 1024 × 768, 4 images; 8.0 GiB can be used on CUDA (RTX 4090).',
    ],
    [exampleEstimate({ nodes: {} }), ''],
    [
      exampleEstimate({ nodes: {}, problems: [{ code: 'input', message: 'Model is not connected.', place: {} }] }),
      'No estimate yet. Model is not connected.',
    ],
  ])('is a sentence', (estimate, words) => {
    setEstimate(estimate);
    const { container } = renderInWindow(<WorkflowEstimate />);
    expect(container.textContent).toBe(words);
  });
});
