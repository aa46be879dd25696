import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { batched, latest } from './throttle.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('nothing is lost or reordered in batches, and the first is never late', () => {
  const sent: number[][] = [];
  const send = batched<number>((values) => sent.push(values), 100);
  send(1);
  expect(sent).toEqual([[1]]);
  send(2);
  send(3);
  vi.advanceTimersByTime(100);
  send(4);
  vi.advanceTimersByTime(1000);
  send(5);
  expect(sent).toEqual([[1], [2, 3], [4], [5]]);
});

test('the last value always arrives, at most ten a second', () => {
  const sent: number[] = [];
  const send = latest<number>((value) => sent.push(value), 100);
  for (let value = 0; value < 1000; value += 1) {
    send(value);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(1000);
  expect(sent.at(-1)).toBe(999);
  expect(sent.length).toBeLessThanOrEqual(12);
});
