import { z } from 'zod';

/**
 * What a file or folder of the library is: a model that draws, one of its parts, or something that is used with a model.
 * `unknown`: nothing that Headroom could use.
 */
export const zModelKind = z.enum([
  'model',
  'vae',
  'text_encoder',
  'lora',
  'controlnet',
  'embedding',
  'upscaler',
  'unknown',
]);
export type ModelKind = z.infer<typeof zModelKind>;

/** What they are called, in the middle of a sentence. */
export const MODEL_KIND_TITLES: Readonly<Record<ModelKind, string>> = {
  model: 'model',
  vae: 'VAE',
  text_encoder: 'text encoder',
  lora: 'LoRA',
  controlnet: 'ControlNet',
  embedding: 'textual inversion',
  upscaler: 'upscaler',
  unknown: 'file',
};

/** What was found in a models folder, usable or with the reason why not. */
export const zModelSummary = z.object({
  kind: zModelKind,
  /** Unique in the library and stable between scans: the folder's name, numbered where two share it. */
  id: z.string(),
  title: z.string(),
  path: z.string(),
  /** A family's id (`engine/families`), or null where none fits. */
  family: z.string().nullable(),
  /** What a person calls its family, or the kind of network that it is. */
  familyTitle: z.string().nullable(),
  /** Data type of the denoiser's weights, such as `float16`. */
  precision: z.string().nullable(),
  /** Bytes of all weights that would be used. */
  bytes: z.number().nonnegative(),
  usable: z.boolean(),
  /** Inputs of Load Model in which parts must be chosen that the model lacks: with them it is usable. */
  needs: z.array(z.string()),
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
