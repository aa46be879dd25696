import type { EventPayload, Job } from '../../electron/ipc/contract.ts';
import type { Table } from '../../engine/contract/table.ts';
import { useDocument } from '../stores/document.ts';
import { addLog } from '../stores/engine.ts';
import { applyRowEvent, endRowRuns, restoreRows } from '../stores/row-runs.ts';
import { useRun } from '../stores/run.ts';
import { tableOfNode } from '../table/table-actions.ts';
import { call, messageOf } from './client.ts';

/** Takes the rows out of what main relays of a run. */
export function takeRowEvent({ jobId, event }: EventPayload<'run:event'>): void {
  if (event.type === 'row') applyRowEvent(jobId, event, rowsNow(event.nodeId));
  // At a start, too: an attempt that was lost had no last word.
  if (event.type === 'start' || event.type === 'done') endRowRuns(jobId);
}

/** Asks what became of the rows of the latest job that has any, when the window has just opened. */
export async function restoreRowRuns(jobs: readonly Job[]): Promise<void> {
  const job = jobs.filter(({ table }) => table !== null).at(-1);
  if (!job?.table) return;
  const { nodeId, rows } = job.table;
  try {
    const ended = await call('queue:rows', { jobId: job.id });
    await documentIsOpen();
    restoreRows(job.id, nodeId, rows, ended, rowsNow(nodeId));
  } catch (thrown) {
    addLog([{ time: Date.now(), level: 'error', message: messageOf(thrown) }]);
  }
}

/** The rows of the node in the open document, as long as the latest run is of it. */
function rowsNow(nodeId: string): Table | null {
  return useRun.getState().isOwn ? (tableOfNode(nodeId)?.rows ?? null) : null;
}

function documentIsOpen(): Promise<void> {
  return new Promise((resolve) => {
    if (useDocument.getState().opened > 0) return resolve();
    const stop = useDocument.subscribe(({ opened }) => {
      if (opened === 0) return;
      stop();
      resolve();
    });
  });
}
