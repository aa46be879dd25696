/** ‖actual − expected‖ / ‖expected‖, and infinite where lengths differ or a number is not finite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += ((actual[i] as number) - (expected[i] as number)) ** 2;
    size += (expected[i] as number) ** 2;
  }
  const error = Math.sqrt(difference / size);
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}

/** Peak signal-to-noise ratio of two 8-bit pictures, in decibels; infinite where they are equal. */
export function peakSignalToNoise(actual: Uint8Array, expected: Uint8Array): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} bytes against ${expected.length}`);
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += ((actual[i] as number) - (expected[i] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / expected.length));
}
