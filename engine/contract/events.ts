import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { zEngineMemory } from './memory.ts';

const zPlace = z.object({ nodeId: z.string().optional(), field: z.string().optional() });

/** A picture that a run made. Settings are what drew it: prompt, seed, steps, scheduler, model, sizes … */
export const zImageResult = z.object({
  nodeId: z.string(),
  /** Absolute path of a PNG file. */
  path: z.string(),
  /** `saved`: in the results folder for good; `preview`: in a folder that Headroom may clean. */
  kind: z.enum(['saved', 'preview']),
  width: z.number().int(),
  height: z.number().int(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type ImageResult = z.infer<typeof zImageResult>;

export const zEngineError = z.object({ code: z.enum(ERROR_CODES), message: z.string(), place: zPlace });
export type EngineError = z.infer<typeof zEngineError>;

export const zPhase = z.enum(['load', 'encode', 'denoise', 'decode', 'upscale', 'save']);
export type Phase = z.infer<typeof zPhase>;

/** How far a row of a table is; `skipped`: it is empty, so there is nothing to draw. */
export const zRowState = z.enum(['running', 'done', 'failed', 'skipped']);

/** What became of one row of a table. */
export const zRowResult = z.object({
  /** Its place in the table, from 0. */
  row: z.number().int().nonnegative(),
  state: zRowState,
  seconds: z.number(),
  /** The most of its device's memory that the engine held while it drew the row, as seen between steps; null: not known. */
  peakBytes: z.number().nullable(),
  /** The paths of its pictures, each told by an `image` event before. */
  images: z.array(z.string()),
  error: zEngineError.nullable(),
});
export type RowResult = z.infer<typeof zRowResult>;

/** What a run tells while it works: the command line prints these one a line with `--json`, the app shows them. */
export const zRunEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), runId: z.string(), nodes: z.array(z.string()) }),
  z.object({
    type: z.literal('node'),
    nodeId: z.string(),
    /** `cached`: its inputs have not changed, so it did not run again. */
    state: z.enum(['running', 'done', 'cached', 'failed', 'cancelled']),
    seconds: z.number().optional(),
  }),
  z.object({
    type: z.literal('progress'),
    nodeId: z.string(),
    phase: zPhase,
    /** 0 … 1 of the node's work. */
    fraction: z.number(),
    /** Words for the person, such as "step 7 of 20". */
    detail: z.string(),
  }),
  /** A row of a table begins or has ended; `nodeId` is the table's. */
  zRowResult.extend({ type: z.literal('row'), nodeId: z.string(), of: z.number().int() }),
  /** A small picture of the latents on their way; JPEG bytes. Left out of the command line's output. */
  z.object({ type: z.literal('preview'), nodeId: z.string(), jpeg: z.instanceof(Uint8Array) }),
  z.object({ type: z.literal('memory'), memory: zEngineMemory }),
  z.object({ type: z.literal('recovery'), nodeId: z.string().optional(), rung: z.string(), message: z.string() }),
  z.object({ type: z.literal('image'), image: zImageResult }),
  z.object({ type: z.literal('warning'), message: z.string(), place: zPlace }),
  z.object({ type: z.literal('error'), error: zEngineError }),
  z.object({
    type: z.literal('done'),
    state: z.enum(['done', 'failed', 'cancelled']),
    images: z.number().int(),
    seconds: z.number(),
  }),
]);
export type RunEvent = z.infer<typeof zRunEvent>;
