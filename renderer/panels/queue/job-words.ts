import type { Job } from '../../../electron/ipc/contract.ts';
import { firstLine, formatCount, formatSeconds, sentence } from '../../format.ts';

/** A job's state in words for the person. */
export function jobWords(job: Job): string {
  switch (job.state) {
    case 'queued':
      return 'Waiting';
    case 'running':
      return job.attempts > 1 ? `Running, attempt ${job.attempts}` : 'Running';
    case 'done':
      return join('Done', duration(job), job.images.length > 0 ? formatCount(job.images.length, 'picture') : null);
    case 'failed':
      return join('Failed', duration(job));
    case 'cancelled':
      return join('Stopped', duration(job));
  }
}

/** Why a job was put back, and what becomes of it. */
export function noteWords(note: string, state: Job['state']): string {
  const why = sentence(firstLine(note));
  switch (state) {
    case 'running':
      return `${why}; running again`;
    case 'queued':
      return `${why}; back in the queue`;
    case 'done':
    case 'failed':
    case 'cancelled':
      return why;
  }
}

function duration({ startedAt, finishedAt }: Job): string | null {
  return startedAt === null || finishedAt === null ? null : `in ${formatSeconds((finishedAt - startedAt) / 1000)}`;
}

/** "Done in 8.1 s · 2 pictures": the first two belong together. */
function join(state: string, time: string | null, rest: string | null = null): string {
  const first = time === null ? state : `${state} ${time.replace(/^in /, state === 'Done' ? 'in ' : 'after ')}`;
  return rest === null ? first : `${first} · ${rest}`;
}
