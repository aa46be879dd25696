import { HeadroomError } from '../../engine/contract/errors.ts';
import type { RowResult, RunEvent } from '../../engine/contract/events.ts';
import type { RunRequest } from '../../engine/contract/protocol.ts';
import type { Job } from '../ipc/contract.ts';
import type { StoredJob } from './stored-job.ts';

type StoredTable = NonNullable<StoredJob['table']>;

/** A job that has heard of a row. One that ended is progress: earlier losses are no longer held against the job. */
export function withRow(job: StoredJob, event: Extract<RunEvent, { type: 'row' }>): StoredJob {
  const { type: _type, nodeId, of: rows, ...result } = event;
  const ended = job.table?.ended ?? [];
  if (result.state === 'running') return { ...job, table: { nodeId, rows, ended, running: result.row } };
  return { ...job, losses: 0, table: { nodeId, rows, ended: [...ended, result], running: null } };
}

/** What a run is told of the rows that have ended. */
export function endedRows({ table }: StoredJob): Pick<RunRequest, 'endedRows'> {
  if (!table || table.ended.length === 0) return {};
  const rowsIn = (isFailed: boolean) =>
    table.ended.filter(({ state }) => (state === 'failed') === isFailed).map(({ row }) => row);
  return { endedRows: { done: rowsIn(false), failed: rowsIn(true) } };
}

/** The table after the row at work took the engine down once too often; null where none was at work. */
export function rowLost(table: StoredTable, losses: number, reason: string): StoredTable | null {
  if (table.running === null) return null;
  const message =
    `The engine was lost ${losses} times while it drew this row; the last time ${reason}\n` +
    'A smaller picture, fewer pictures at once or another device may help.';
  const lost: RowResult = {
    row: table.running,
    state: 'failed',
    seconds: 0,
    peakBytes: null,
    images: [],
    error: { code: 'engine', message, place: { nodeId: table.nodeId } },
  };
  return { ...table, ended: [...table.ended, lost], running: null };
}

/**
 * A finished job with its failed rows, and those that it never came to, before it again.
 *
 * @throws HeadroomError `input` where there is no such row
 */
export function rowsToRetry(job: StoredJob): StoredJob {
  const { table } = job;
  const ended = table?.ended.filter(({ state }) => state !== 'failed') ?? [];
  if (!table || ended.length === table.rows) {
    throw new HeadroomError('input', 'There is no row in this job that could be run again.');
  }
  return {
    ...job,
    state: 'queued',
    startedAt: null,
    finishedAt: null,
    error: null,
    note: 'rows that were not done are run again',
    losses: 0,
    table: { ...table, ended, running: null },
  };
}

export function summaryOf(table: StoredJob['table']): Job['table'] {
  if (!table) return null;
  const failed = table.ended.filter(({ state }) => state === 'failed').length;
  return { nodeId: table.nodeId, rows: table.rows, done: table.ended.length - failed, failed };
}
