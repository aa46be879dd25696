import { existsSync } from 'node:fs';
import { rowLost } from './rows.ts';
import { isFinished, type Journal, type StoredJob } from './stored-job.ts';

/** Losses after which a job is no longer believed to be innocent. */
export const MAX_LOSSES = 3;

/**
 * The jobs of a journal as they continue: what was running when Headroom ended without saying goodbye (a crash, a power cut)
 * goes first and counts as a loss, so that a job which brings the computer down does not do so at every start.
 */
export function resumeJobs({ jobs }: Journal, now = Date.now()): StoredJob[] {
  const resumed = jobs.map((job) => {
    const images = job.images.filter(({ path }) => existsSync(path));
    return isFinished(job) || job.state === 'queued'
      ? { ...job, images }
      : afterLoss({ ...job, images }, APP_ENDED, now);
  });
  // Array.sort is stable: the order within each kind stays.
  return resumed.sort((one, other) => rank(one) - rank(other));
}

const APP_ENDED = 'Headroom itself ended';

/** Finished jobs first, then what was interrupted, then what never started. */
function rank(job: StoredJob): number {
  if (isFinished(job)) return 0;
  return job.attempts > 0 ? 1 : 2;
}

/** A job that goes back to the queue, and why. */
export function requeued(job: StoredJob, note: string): StoredJob {
  return { ...job, state: 'queued', startedAt: null, note };
}

/**
 * A job that ran when something was lost: back to the queue, or failed where that keeps happening. Of a table only the row
 * that was at work fails then, and the others go on.
 */
export function afterLoss(job: StoredJob, reason: string, now = Date.now()): StoredJob {
  const losses = job.losses + 1;
  const note = `the engine was lost: ${reason.split('\n')[0]}`;
  if (losses < MAX_LOSSES) return { ...requeued(job, note), losses };
  const table = job.table && rowLost(job.table, losses, reason);
  if (table) return { ...requeued(job, note), table, losses: 0 };
  const message =
    `The engine was lost ${losses} times while this job ran; the last time ${reason}\n` +
    'It is not started again by itself. A smaller picture, fewer pictures at once or another device may help.';
  return { ...job, losses, state: 'failed', finishedAt: now, error: { code: 'engine', message, place: {} } };
}
