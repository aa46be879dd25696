import { create } from 'zustand';
import type { EventPayload } from '../../electron/ipc/contract.ts';
import type { RowResult } from '../../engine/contract/events.ts';
import type { Table, TableRow } from '../../engine/contract/table.ts';

type RowEvent = Extract<EventPayload<'run:event'>['event'], { type: 'row' }>;

interface RowRuns {
  /** The latest job that went through a table. */
  jobId: string | null;
  nodeId: string | null;
  /** The rows as they were when the job was queued: a row that was changed since has no result any more, wherever it stands. */
  places: ReadonlyMap<TableRow, number>;
  /** By the row's place in the job. */
  results: readonly (RowResult | undefined)[];
}

const none: RowRuns = { jobId: null, nodeId: null, places: new Map(), results: [] };

export const useRowRuns = create<RowRuns>()(() => none);

/** Rows of jobs that were queued from this page, by job and node, until they run. */
const queued = new Map<string, Table>();
const keyOf = (jobId: string, nodeId: string) => `${jobId} ${nodeId}`;

/** What the latest run made of a row; undefined for one that it has not come to, or that was changed since. */
export function useRowResult(row: TableRow | undefined): RowResult | undefined {
  return useRowRuns(({ places, results }) => resultOf(row, places, results));
}

function resultOf(row: TableRow | undefined, places: RowRuns['places'], results: RowRuns['results']) {
  const place = row && places.get(row);
  return place === undefined ? undefined : results[place];
}

/** How many of these rows came to what. */
export interface RowCounts {
  done: number;
  failed: number;
  running: number;
}

export function countRows(rows: Table, { places, results }: Pick<RowRuns, 'places' | 'results'>): RowCounts {
  const counts = { done: 0, failed: 0, running: 0 };
  for (const row of rows) {
    const state = resultOf(row, places, results)?.state;
    if (state === 'done' || state === 'failed' || state === 'running') counts[state] += 1;
  }
  return counts;
}

/** A document was queued with these rows in a table of its. */
export function noteQueuedRows(jobId: string, nodeId: string, rows: Table): void {
  queued.set(keyOf(jobId, nodeId), rows);
}

/**
 * Takes in a row's event.
 *
 * @param rowsNow the rows that the table's node has in the open document, for a job that another page queued
 */
export function applyRowEvent(jobId: string, event: RowEvent, rowsNow: Table | null): void {
  const { type: _type, nodeId, of, ...result } = event;
  if (useRowRuns.getState().jobId !== jobId) begin(jobId, nodeId, of, rowsNow);
  useRowRuns.setState(({ results }) => {
    const changed = [...results];
    changed[result.row] = result;
    return { results: changed };
  });
}

/** Takes in what main knows of a job's rows when the window has just opened, before or after their first event. */
export function restoreRows(
  jobId: string,
  nodeId: string,
  of: number,
  ended: readonly RowResult[],
  rowsNow: Table | null,
): void {
  const current = useRowRuns.getState();
  if (current.jobId !== null && current.jobId !== jobId) return;
  begin(jobId, nodeId, of, rowsNow);
  const results = [...current.results];
  for (const result of ended) results[result.row] ??= result;
  useRowRuns.setState({ results });
}

/** A job ended or went back to the queue: the row at work has come to nothing. */
export function endRowRuns(jobId: string): void {
  if (useRowRuns.getState().jobId !== jobId) return;
  useRowRuns.setState(({ results }) => ({
    results: results.map((result) => (result?.state === 'running' ? undefined : result)),
  }));
}

function begin(jobId: string, nodeId: string, of: number, rowsNow: Table | null): void {
  const rows = queued.get(keyOf(jobId, nodeId)) ?? (rowsNow?.length === of ? rowsNow : []);
  queued.delete(keyOf(jobId, nodeId));
  useRowRuns.setState({ jobId, nodeId, places: new Map(rows.map((row, place) => [row, place])), results: [] });
}

/** Forgets everything, as when the window has just opened. */
export function resetRowRuns(): void {
  queued.clear();
  useRowRuns.setState(none, true);
}
