import { z } from 'zod';
import { zImageResult, zRowResult } from '../../engine/contract/events.ts';
import { zWorkflow } from '../../engine/contract/workflow.ts';
import { type Job, zJob } from '../ipc/contract.ts';

/** A job as the journal keeps it: with its workflow, and with pictures by path, since addresses end with the app. */
export const zStoredJob = zJob.omit({ table: true }).extend({
  images: z.array(zImageResult),
  workflow: zWorkflow,
  /** How often the engine was lost under it, since its last row where it has rows, without anyone having asked for that. */
  losses: z.number().int(),
  /** Where it goes through a table: what became of each row so far, and the row that was begun last and has not ended. */
  table: z
    .object({
      nodeId: z.string(),
      rows: z.number().int(),
      ended: z.array(zRowResult),
      running: z.number().int().nullable(),
    })
    .nullable()
    .default(null),
});
export type StoredJob = z.infer<typeof zStoredJob>;

export const zJournal = z.object({ version: z.literal(1), jobs: z.array(zStoredJob) });
export type Journal = z.infer<typeof zJournal>;

export const isFinished = ({ state }: Pick<Job, 'state'>) =>
  state === 'done' || state === 'failed' || state === 'cancelled';
