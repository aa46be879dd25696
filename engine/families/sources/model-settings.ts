import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../../contract/errors.ts';
import { SCHEDULERS, type SchedulerId } from '../../schedulers/index.ts';
import { readModelJson } from './model-files.ts';

const zColour = z.tuple([z.number(), z.number(), z.number()]);

/**
 * `headroom.json`, which a model's folder may hold: what its makers recommend where the family's values do not fit. All of
 * it is optional.
 */
const zModelSettings = z.strictObject({
  title: z.string().min(1).max(200).optional(),
  steps: z.int().min(1).max(150).optional(),
  guidance_scale: z.number().min(0).max(30).optional(),
  scheduler: z.enum(Object.keys(SCHEDULERS) as SchedulerId[]).optional(),
  /** The model's own `PreviewFactors`. */
  preview: z
    .strictObject({ channels: z.array(zColour).min(1), products: z.array(zColour).optional(), bias: zColour })
    .optional(),
});
export type ModelSettings = z.infer<typeof zModelSettings>;

/** @throws HeadroomError `model`, naming the file and the field, if the file is there and malformed */
export function readModelSettings(folder: string): ModelSettings {
  const path = join(folder, 'headroom.json');
  if (!existsSync(path)) return {};
  const parsed = zModelSettings.safeParse(readModelJson(path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HeadroomError('model', `${path}: ${issue?.path.join('.') || 'its content'}: ${issue?.message}`);
}
