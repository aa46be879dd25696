import type { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';

/**
 * Parses a network's `config.json`.
 *
 * Schemas name every field that changes the network. One that has no implementation here is admitted only with the
 * values that leave it off, so that a checkpoint which needs it is refused by that field's name. Other fields are
 * ignored, as diffusers and transformers do: training tools leave their own in these files.
 *
 * @param source the file, for errors
 * @throws HeadroomError `model`, naming the file, the field and its value
 */
export function parseConfig<T>(schema: z.ZodType<T>, json: unknown, source: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const value = JSON.stringify(path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], json));
  const reason =
    issue?.code === 'invalid_value'
      ? `Headroom supports ${issue.values.map((allowed) => JSON.stringify(allowed)).join(' or ')} here`
      : issue?.message;
  throw new HeadroomError(
    'model',
    path.length === 0 ? `${source}: ${reason}.` : `${source}: "${path.join('.')}" is ${value}; ${reason}.`,
  );
}
