/** Bytes in a GiB. */
export const GIBIBYTE = 2 ** 30;

/** Whole bytes of a number of GiB as a person types it; NaN for what is none. */
export function bytesOfGibibytes(text: string): number {
  return text.trim() === '' ? Number.NaN : Math.round(Number(text) * GIBIBYTE);
}

/**
 * What is wrong with a memory limit, in words that follow its name; null where nothing is.
 *
 * @param deviceBytes all that the device has; null where that is not known
 */
export function memoryLimitProblem(bytes: number, deviceBytes: number | null): string | null {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) return 'must be a number of GiB above 0, such as 6 or 0.5';
  if (deviceBytes === null || bytes <= deviceBytes) return null;
  // Rounded down: the number that is named is one that is taken.
  const most = Math.floor((deviceBytes / GIBIBYTE) * 10) / 10;
  return `must be at most the ${most} GiB that the device has`;
}
