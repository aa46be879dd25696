import { create } from 'zustand';
import type { Job, ShownImage } from '../../electron/ipc/contract.ts';

/** The queue as main tells it, in its order. */
export const useQueue = create<{ jobs: Job[] }>()(() => ({ jobs: [] }));

export function setJobs(jobs: Job[]): void {
  useQueue.setState({ jobs });
}

export function runningJob(jobs: readonly Job[]): Job | undefined {
  return jobs.find((job) => job.state === 'running');
}

/** Jobs that wait or run. */
export function openJobs(jobs: readonly Job[]): number {
  return jobs.filter((job) => job.state === 'queued' || job.state === 'running').length;
}

/** A picture with the job that made it. */
export interface QueuePicture {
  jobId: string;
  image: ShownImage;
}

/** Every picture of the queue's jobs, newest job first, in the order in which a job made them. */
export function picturesOf(jobs: readonly Job[]): QueuePicture[] {
  return [...jobs]
    .sort((a, b) => (b.startedAt ?? b.createdAt) - (a.startedAt ?? a.createdAt))
    .flatMap((job) => job.images.map((image) => ({ jobId: job.id, image })));
}

/** As a person reads it: what runs, what waits in its order, then what is over, the newest first. */
export function queueOrder(jobs: readonly Job[]): Job[] {
  const finished = jobs.filter((job) => job.state !== 'running' && job.state !== 'queued');
  return [
    ...jobs.filter((job) => job.state === 'running'),
    ...jobs.filter((job) => job.state === 'queued'),
    ...finished.sort((a, b) => (b.finishedAt ?? b.createdAt) - (a.finishedAt ?? a.createdAt)),
  ];
}
