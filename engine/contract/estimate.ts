import { z } from 'zod';
import { zEngineError } from './events.ts';

const zBytes = z.number().nonnegative();

/** What a stage of a node needs of the device's memory. */
const zStageEstimate = z.object({
  stage: z.enum(['encode', 'denoise', 'decode', 'upscale']),
  component: z.string(),
  weightBytes: zBytes,
  /** What its values need at most, beside the weights. */
  activationBytes: zBytes,
});

export type StageEstimate = z.infer<typeof zStageEstimate>;

/** What a node will need, with the savings that make it fit where it would not otherwise. */
export const zNodeEstimate = z.object({
  stages: z.array(zStageEstimate),
  /** At its worst moment, under the plan that is expected to be taken. */
  peakBytes: zBytes,
  /** The same without any savings. */
  undegradedBytes: zBytes,
  /** The least that any plan is expected to need. */
  leastBytes: zBytes,
  /** Rungs of the ladder, in words; empty where none is needed. */
  savings: z.array(z.string()),
  /** What is drawn, sides in pixels; left out where it does not matter. */
  pictures: z.object({ width: z.number(), height: z.number(), count: z.number().int() }).optional(),
  /** Of the rows of a table, counted from 0, the one that needs this; left out where all need the same. */
  row: z.number().int().nonnegative().optional(),
});
export type NodeEstimate = z.infer<typeof zNodeEstimate>;

const zFit = z.enum(['yes', 'tight', 'no', 'unknown']);
/** `tight`: only with savings. */
export type Fit = z.infer<typeof zFit>;

/** What a workflow will need before it runs. */
export const zWorkflowEstimate = z.object({
  device: z.string(),
  /** What weights and runs may take together; null where nothing is known to limit them. */
  budgetBytes: zBytes.nullable(),
  nodes: z.record(z.string(), zNodeEstimate),
  peakBytes: zBytes,
  fits: zFit,
  /** Why nothing, or not everything, could be estimated. */
  problems: z.array(zEngineError),
});
export type WorkflowEstimate = z.infer<typeof zWorkflowEstimate>;

/** What drawing one picture with a model needs, in the size that its makers recommend. */
export const zModelEstimate = z.object({
  width: z.number().int(),
  height: z.number().int(),
  /** Without any savings. */
  undegradedBytes: zBytes,
  /** The least that any plan is expected to need. */
  leastBytes: zBytes,
  /** What weights and runs may take together, when it was asked; null where nothing is known to limit them. */
  budgetBytes: zBytes.nullable(),
});
export type ModelEstimate = z.infer<typeof zModelEstimate>;

/** Which row of a table an estimate is of: "row 7: 1024 × 1024, 4 images"; empty where all rows need the same. */
export function rowWords({ row, pictures }: Pick<NodeEstimate, 'row' | 'pictures'>): string {
  if (row === undefined) return '';
  if (!pictures) return `row ${row + 1}`;
  const { width, height, count } = pictures;
  return `row ${row + 1}: ${width} × ${height}, ${count} ${count === 1 ? 'image' : 'images'}`;
}

/** Whether what is estimated fits into what may be used; null where nothing is known to limit it. */
export function fitOf(
  { peakBytes, undegradedBytes }: Pick<NodeEstimate, 'peakBytes' | 'undegradedBytes'>,
  budgetBytes: number | null,
): Fit {
  if (budgetBytes === null) return 'unknown';
  if (peakBytes > budgetBytes) return 'no';
  return undegradedBytes > budgetBytes ? 'tight' : 'yes';
}
