import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TableRow } from '../../engine/contract/table.ts';
import { setNodeDescriptors } from '../stores/engine.ts';
import { replaceDocument, undo, useGraph } from '../stores/graph.ts';
import { setJobs } from '../stores/queue.ts';
import { applyRowEvent, noteQueuedRows, resetRowRuns } from '../stores/row-runs.ts';
import { currentDocument, resetEditor } from '../testing/editor.tsx';
import { exampleNodes } from '../testing/example-nodes.ts';
import { exampleImage, exampleJob } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { giveElementsSize } from '../testing/layout.ts';
import { renderInWindow } from '../testing/render.tsx';
import { tableNode } from '../testing/table-node.ts';
import { openTable } from './grid-store.ts';
import { TablePanel } from './TablePanel.tsx';

let app: FakeApp;
let user: ReturnType<typeof renderInWindow>['user'];

beforeEach(async () => {
  app = installFakeApp();
  giveElementsSize(1000, 600, 30);
  setNodeDescriptors([...exampleNodes, tableNode]);
  const rows: TableRow[] = [{ prompt: 'apple', seed: 1 }, { prompt: 'pear' }, { prompt: 'plum', seed: 3 }];
  replaceDocument({
    name: undefined,
    nodes: {
      table: { type: 'table', inputs: { rows }, position: { x: 0, y: 0 } },
      generate: { type: 'image_generate', inputs: {}, position: { x: 0, y: 0 } },
    },
    edges: ['prompt', 'steps'].map((port) => ({ from: { node: 'table', port }, to: { node: 'generate', port } })),
  });
  act(() => openTable('table'));
  user = renderInWindow(<TablePanel nodeId="table" />).user;
  await user.click(cell('Prompt', 1));
});
afterEach(() => {
  openTable(null);
  resetRowRuns();
  resetEditor();
});

const rows = () => currentDocument().nodes.table?.inputs.rows as TableRow[];
const prompts = () => rows().map(({ prompt }) => prompt);
const cell = (title: string, row: number) => screen.getByRole('gridcell', { name: `${title}, row ${row}` });
const selected = () => document.querySelectorAll('[role="gridcell"][aria-selected="true"]').length;

function clipboard(kind: 'copy' | 'cut' | 'paste', held = ''): string {
  let content = held;
  const data = {
    getData: () => content,
    setData: (_type: string, value: string) => {
      content = value;
    },
  };
  fireEvent[kind](screen.getByRole('grid'), { clipboardData: data });
  return content;
}

test('typing replaces a cell, Enter goes down, Tab to the right, and each edit is one step back', async () => {
  await user.keyboard('fig{Enter}kiwi{Tab}7{Enter}');
  expect(rows().slice(0, 2)).toEqual([
    { prompt: 'fig', seed: 1 },
    { prompt: 'kiwi', seed: 7 },
  ]);
  act(undo);
  act(undo);
  expect(rows()[1]).toEqual({ prompt: 'pear' });
  act(undo);
  expect(rows()[0]).toEqual({ prompt: 'apple', seed: 1 });
});

test('Enter opens a cell with what is in it, Escape leaves it as it was, Alt+Enter begins a line', async () => {
  await user.keyboard('{Enter} pie{Escape}');
  expect(prompts()[0]).toBe('apple');
  await user.keyboard('{F2}{Alt>}{Enter}{/Alt}pie{Enter}');
  expect(prompts()[0]).toBe('apple\npie');
});

test('a number that is none stays open and is told, and the cell keeps what it had', async () => {
  await user.keyboard('{ArrowRight}many{Enter}');
  expect(screen.getByRole('textbox', { name: 'Seed, row 1' }).getAttribute('aria-invalid')).toBe('true');
  await user.keyboard('{Escape}');
  expect(rows()[0]?.seed).toBe(1);
});

test('typing below the last row adds one; leaving that line empty does not', async () => {
  await user.keyboard('{Control>}{ArrowDown}{/Control}{Enter}{Enter}');
  expect(rows()).toHaveLength(3);
  await user.keyboard('fig{Enter}');
  expect(prompts()).toEqual(['apple', 'pear', 'plum', 'fig']);
});

test('Shift and arrows select, Delete clears, Ctrl+D fills down', async () => {
  await user.keyboard('{Shift>}{ArrowDown}{ArrowRight}{/Shift}');
  expect(selected()).toBe(4);
  await user.keyboard('{Control>}d{/Control}');
  expect(rows()[1]).toEqual({ prompt: 'apple', seed: 1 });
  await user.keyboard('{Delete}');
  expect(rows().slice(0, 2)).toEqual([{}, {}]);
});

test('rows are inserted, duplicated, moved and deleted by keys and buttons', async () => {
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(prompts()).toEqual(['pear', 'apple', 'plum']);
  await user.click(screen.getByRole('button', { name: 'Duplicate the rows' }));
  expect(prompts()).toEqual(['pear', 'apple', 'apple', 'plum']);
  screen.getByRole('grid').focus();
  await user.keyboard('{Control>}-{/Control}');
  expect(prompts()).toEqual(['pear', 'apple', 'plum']);
  await user.click(screen.getByRole('button', { name: 'Insert a row' }));
  expect(prompts()).toEqual(['pear', undefined, 'apple', 'plum']);
});

test('what is copied is pasted the same elsewhere, and what does not fit changes nothing', async () => {
  await user.keyboard('{Shift>}{ArrowDown}{ArrowRight}{/Shift}');
  const copied = clipboard('copy');
  expect(copied).toBe('apple\t1\r\npear\t');
  await user.click(cell('Prompt', 3));
  clipboard('paste', copied);
  expect(rows().slice(2)).toEqual([{ prompt: 'apple', seed: 1 }, { prompt: 'pear' }]);
  const before = rows();
  clipboard('paste', 'x\tmany');
  clipboard('paste', Array.from({ length: 20 }, () => 'x').join('\n'));
  expect(rows()).toBe(before);
  clipboard('cut');
  expect(rows()[2]).toEqual({});
});

test('a file takes the place of the rows, and a wrong one does not', async () => {
  app.answer('table:open', () => ({ outcome: 'done', value: { name: 'x.csv', text: 'prompt,seed\nfig,1\nkiwi,x' } }));
  await user.click(screen.getByRole('button', { name: 'Import CSV' }));
  expect(prompts()).toEqual(['apple', 'pear', 'plum']);
  app.answer('table:open', () => ({ outcome: 'done', value: { name: 'x.csv', text: 'prompt,seed\nfig,1' } }));
  await user.click(screen.getByRole('button', { name: 'Import CSV' }));
  await vi.waitFor(() => expect(rows()).toEqual([{ prompt: 'fig', seed: 1 }]));
});

test('cells show what an empty one comes to, what does not suit, and columns that lead nowhere', async () => {
  const { steps } = Object.fromEntries(
    exampleNodes.flatMap(({ inputs }) => inputs.map(({ name, field }) => [name, field])),
  );
  expect(steps).toBeDefined();
  expect(cell('Steps', 1).textContent).not.toBe('');
  await user.click(cell('Steps', 1));
  await user.keyboard('100000{Enter}');
  expect(cell('Steps', 1).getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByRole('columnheader', { name: 'Seed' }).title).toMatch(/not connected/);
  expect(screen.getByRole('columnheader', { name: 'Prompt' }).title).toBe('Prompt');
});

test('each row says how it went, shows its picture, and what failed can be run again', async () => {
  const picture = exampleImage({ path: '/r/1.png' });
  app.answer('queue:retry-rows', () => exampleJob());
  const tell = (row: number, state: 'running' | 'done' | 'failed') =>
    applyRowEvent(
      'job-1',
      {
        type: 'row',
        nodeId: 'table',
        of: 3,
        row,
        state,
        seconds: 1.5,
        peakBytes: 2 ** 30,
        images: state === 'done' ? [picture.path] : [],
        error: state === 'failed' ? { code: 'memory', message: 'too large', place: {} } : null,
      },
      null,
    );
  act(() => {
    noteQueuedRows('job-1', 'table', useGraph.getState().nodes.table?.inputs.rows as TableRow[]);
    setJobs([
      exampleJob({ state: 'failed', images: [picture], table: { nodeId: 'table', rows: 3, done: 2, failed: 1 } }),
    ]);
    tell(0, 'done');
    tell(1, 'failed');
    tell(2, 'running');
  });
  const line = (row: number) => within(screen.getAllByRole('row')[row] as HTMLElement);
  expect(line(1).getByRole('rowheader', { name: 'Row 1: done' })).toBeDefined();
  expect(line(1).getByText('1.5 s')).toBeDefined();
  expect(line(1).getByText('1.0 GiB')).toBeDefined();
  expect(line(1).getByRole('button', { name: 'View picture 1 of this row' })).toBeDefined();
  expect(line(2).getByText('too large')).toBeDefined();
  expect(line(3).getByRole('rowheader', { name: 'Row 3: running' })).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Run 1 failed row again' }));
  expect(app.calls.at(-1)).toEqual({ name: 'queue:retry-rows', parameter: { jobId: 'job-1' } });
});
