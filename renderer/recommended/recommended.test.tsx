import { screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectCommands } from '../api/connect-commands.ts';
import { runCommand } from '../commands.ts';
import { fromWorkflow } from '../graph/document.ts';
import { setNodeDescriptors } from '../stores/engine.ts';
import { setEstimate } from '../stores/estimate.ts';
import { replaceDocument } from '../stores/graph.ts';
import { setModelLibrary } from '../stores/models.ts';
import { resetEditor } from '../testing/editor.tsx';
import { describeExample, exampleNodes, exampleWorkflow } from '../testing/example-nodes.ts';
import { exampleEstimate, exampleModel } from '../testing/examples.ts';
import { installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow } from '../testing/render.tsx';
import { RecommendedDialog } from './RecommendedDialog.tsx';
import { RecommendedTable } from './RecommendedTable.tsx';
import type { RecommendedModel } from './recommended-settings.ts';

const GIB = 1024 ** 3;
let stop: () => void;

beforeEach(() => {
  installFakeApp();
  stop = connectCommands();
});

afterEach(() => {
  stop();
  resetEditor();
});

const row = { side: 1024, together: 0, togetherBytes: 0, fits: true, savings: [], peakBytes: 5 * GIB };
const model: RecommendedModel = {
  family: 'sdxl',
  title: 'Stable Diffusion XL',
  guidance: 'classifier-free',
  weights: [],
  rows: [
    { ...row, budgets: [4], fits: false },
    { ...row, budgets: [6, 8], savings: ['draws 4 pictures at a time'] },
    { ...row, budgets: [12], together: 8, togetherBytes: 9 * GIB, peakBytes: 9 * GIB },
  ],
};

test('a table says what fits into a budget and what it takes, and marks what is there now', () => {
  renderInWindow(<RecommendedTable model={model} budgetBytes={10 * GIB} />);
  const rows = within(screen.getByRole('table', { name: 'Stable Diffusion XL' })).getAllByRole<HTMLTableRowElement>(
    'row',
  );
  expect(rows.slice(1).map(({ cells }) => [...cells].map(({ textContent }) => textContent))).toEqual([
    ['1024 × 1024', '4', 'none', 'Does not fit: it needs 5.0 GiB', ''],
    ['', '6 to 8', 'none', 'Headroom draws 4 pictures at a time', '5.0 GiB'],
    ['', '12 and more', '8 at once (9.0 GiB)', 'No savings are needed', '9.0 GiB'],
  ]);
  expect(rows.map((one) => one.getAttribute('aria-current'))).toEqual([null, null, 'true', null]);
});

test('the dialog opens with the family that the document draws with, and shows the others', async () => {
  setNodeDescriptors(exampleNodes);
  replaceDocument(fromWorkflow(exampleWorkflow(), describeExample).document);
  setModelLibrary({ state: 'ready', models: [exampleModel({ family: 'sdxl' })] });
  setEstimate(exampleEstimate({ budgetBytes: 7 * GIB }));
  const { user } = renderInWindow(<RecommendedDialog />);
  expect(screen.queryByRole('dialog')).toBeNull();
  await runCommand('recommended-settings');
  expect(await screen.findByRole('table', { name: 'Stable Diffusion XL' })).toBeTruthy();
  expect(screen.getByText(/7\.0 GiB can be used here now/)).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
});
