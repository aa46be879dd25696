import { afterEach, expect, test } from 'vitest';
import type { RowResult } from '../../engine/contract/events.ts';
import {
  applyRowEvent,
  countRows,
  endRowRuns,
  noteQueuedRows,
  resetRowRuns,
  restoreRows,
  useRowRuns,
} from './row-runs.ts';

afterEach(resetRowRuns);

const rows = [{ prompt: 'a' }, { prompt: 'b' }, { prompt: 'c' }];
const result = (row: number, state: RowResult['state']): RowResult => ({
  row,
  state,
  seconds: 1,
  peakBytes: null,
  images: [],
  error: null,
});
const tell = (row: number, state: RowResult['state'], rowsNow: typeof rows | null = null) =>
  applyRowEvent('job', { type: 'row', nodeId: 'table', of: 3, ...result(row, state) }, rowsNow);
const counts = (of: typeof rows) => countRows(of, useRowRuns.getState());

test('results stay with their rows when others are put in between, and go with the row that is changed', () => {
  noteQueuedRows('job', 'table', rows);
  tell(0, 'done');
  tell(1, 'failed');
  tell(2, 'running');
  expect(counts([{ prompt: 'new' }, ...rows])).toEqual({ done: 1, failed: 1, running: 1 });
  expect(counts([{ ...rows[0]!, prompt: 'other' }, rows[1]!, rows[2]!])).toEqual({ done: 0, failed: 1, running: 1 });
});

test('an attempt that is lost leaves no row at work', () => {
  noteQueuedRows('job', 'table', rows);
  tell(0, 'done');
  tell(1, 'running');
  endRowRuns('job');
  expect(counts(rows)).toEqual({ done: 1, failed: 0, running: 0 });
});

test('a window that opens during a run joins what was with what it hears', () => {
  tell(2, 'done');
  restoreRows('job', 'table', 3, [result(0, 'done'), result(1, 'failed')], rows);
  expect(counts(rows)).toEqual({ done: 2, failed: 1, running: 0 });
});

test('a job of a table of another size has nothing to do with the rows that are here', () => {
  tell(0, 'done', [{ prompt: 'a' }] as typeof rows);
  expect(counts(rows)).toEqual({ done: 0, failed: 0, running: 0 });
});
