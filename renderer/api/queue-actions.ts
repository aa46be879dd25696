import { runningJob, useQueue } from '../stores/queue.ts';
import { toast } from '../ui/toast.ts';
import { call, messageOf } from './client.ts';

/** What the queue is asked to do. Main answers with `queue:changed`; only failures are told from here. */
export async function cancelJob(jobId: string): Promise<void> {
  await call('queue:cancel', { jobId }).catch(tell('The job could not be cancelled'));
}

export async function retryJob(jobId: string): Promise<void> {
  await call('queue:retry', { jobId }).catch(tell('The job could not be put back into the queue'));
}

/** Runs the rows of a table's job again that are not done. */
export async function retryRows(jobId: string): Promise<void> {
  await call('queue:retry-rows', { jobId }).catch(tell('The rows could not be put back into the queue'));
}

export async function clearFinishedJobs(): Promise<void> {
  await call('queue:clear-finished').catch(tell('The finished jobs could not be cleared'));
}

/** Stops the job that runs, between two of its steps. */
export async function stopRunningJob(): Promise<void> {
  const job = runningJob(useQueue.getState().jobs);
  if (job) await cancelJob(job.id);
}

export async function showInFolder(path: string): Promise<void> {
  await call('app:show-in-folder', { path }).catch(tell('The folder could not be shown'));
}

export async function openResultsFolder(): Promise<void> {
  await call('app:open-results-folder').catch(tell('The results folder could not be opened'));
}

function tell(message: string) {
  return (thrown: unknown) => toast('error', message, { detail: messageOf(thrown) });
}
