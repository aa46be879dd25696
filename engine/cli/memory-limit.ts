import { HeadroomError } from '../contract/errors.ts';
import { bytesOfGibibytes, memoryLimitProblem } from '../contract/memory-limit.ts';

/**
 * `--vram-limit`: GiB to bytes.
 *
 * @param deviceBytes all that the device has; null where that is not known (yet)
 * @throws HeadroomError `input` for what is no positive number, or more than the device has
 */
export function memoryLimit(gibibytes: string | undefined, deviceBytes: number | null = null): number | undefined {
  if (gibibytes === undefined) return undefined;
  const bytes = bytesOfGibibytes(gibibytes);
  const problem = memoryLimitProblem(bytes, deviceBytes);
  if (problem === null) return bytes;
  throw new HeadroomError('input', `--vram-limit ${problem}, got ${gibibytes}.`);
}
