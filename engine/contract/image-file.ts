import { z } from 'zod';

/**
 * A picture that a document names by its file; an empty path where none is chosen yet. In a document's file the path may be
 * relative to it.
 */
export const zImageFile = z.strictObject({ path: z.string().max(4096) });
export type ImageFile = z.infer<typeof zImageFile>;

export function isImageFile(value: unknown): value is ImageFile {
  return zImageFile.safeParse(value).success;
}
