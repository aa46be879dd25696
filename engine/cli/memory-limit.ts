import { HeadroomError } from '../contract/errors.ts';

/**
 * `--vram-limit`: GiB to bytes.
 *
 * @throws HeadroomError `input` for what is no positive number
 */
export function memoryLimit(gibibytes: string | undefined): number | undefined {
  if (gibibytes === undefined) return undefined;
  const bytes = Math.round(Number(gibibytes) * 2 ** 30);
  if (gibibytes.trim() !== '' && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new HeadroomError('input', `--vram-limit must be a number of GiB above 0, such as 6 or 0.5, got ${gibibytes}.`);
}
