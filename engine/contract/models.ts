import { z } from 'zod';

/** What a file or folder of the models folders is for: to draw with, or to make pictures larger. */
export const zModelKind = z.enum(['model', 'upscaler']);

/** A model that was found in a models folder, usable or with the reason why not. */
export const zModelSummary = z.object({
  kind: zModelKind,
  /** Unique among those of its kind and stable between scans: the folder's name, numbered where two share it. */
  id: z.string(),
  title: z.string(),
  path: z.string(),
  /** A family's id (`engine/families`), or null where none fits. */
  family: z.string().nullable(),
  /** What a person calls its family, or the kind of network that it is. */
  familyTitle: z.string().nullable(),
  /** Data type of the denoiser's weights, such as `float16`. */
  precision: z.string().nullable(),
  /** Bytes of all weight files that would be used. */
  bytes: z.number().nonnegative(),
  usable: z.boolean(),
  /** Why it is not usable and what to do. */
  problem: z.string().nullable(),
  /** What the family recommends; fields left at their default follow it. */
  defaults: z
    .object({
      width: z.number().int(),
      height: z.number().int(),
      steps: z.number().int(),
      guidance_scale: z.number(),
      scheduler: z.string(),
    })
    .nullable(),
});
export type ModelSummary = z.infer<typeof zModelSummary>;
