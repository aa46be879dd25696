import { z } from 'zod';
import { zImageResult } from '../../engine/contract/events.ts';
import { zWorkflow } from '../../engine/contract/workflow.ts';
import { type Job, zJob } from '../ipc/contract.ts';

/** A job as the journal keeps it: with its workflow, and with pictures by path, since addresses end with the app. */
export const zStoredJob = zJob.extend({
  images: z.array(zImageResult),
  workflow: zWorkflow,
  /** How often the engine was lost under it without anyone having asked for that. */
  losses: z.number().int(),
});
export type StoredJob = z.infer<typeof zStoredJob>;

export const zJournal = z.object({ version: z.literal(1), jobs: z.array(zStoredJob) });
export type Journal = z.infer<typeof zJournal>;

export const isFinished = ({ state }: Pick<Job, 'state'>) =>
  state === 'done' || state === 'failed' || state === 'cancelled';
