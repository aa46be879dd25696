import { HeadroomError } from '../contract/errors.ts';

/** @throws HeadroomError `internal` unless the index is one of the scheduler's timesteps */
export function checkIndex(index: number, count: number): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new HeadroomError('internal', `A scheduler of ${count} timesteps was asked for number ${index}.`);
}

/**
 * For schedulers that remember earlier answers.
 * @param previous the index of the last step, or null before the first
 * @throws HeadroomError `internal` unless the index follows it
 */
export function checkTurn(index: number, previous: number | null, count: number): void {
  checkIndex(index, count);
  if (previous === null || index === previous + 1) return;
  throw new HeadroomError('internal', `A scheduler was asked for step ${index} after step ${previous}.`);
}
