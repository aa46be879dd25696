import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CloseGuard } from './close-guard.ts';

const ask = vi.fn();
const close = vi.fn();
let guard: CloseGuard;

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockReset();
  close.mockReset();
  guard = new CloseGuard(ask, close);
});
afterEach(() => vi.useRealTimers());

test('a document without changes closes at once', () => {
  expect(guard.request()).toBe(true);
  expect(ask).not.toHaveBeenCalled();
});

test('unsaved changes are asked about once; when the page says so, the window closes', () => {
  guard.setModified(true);
  expect(guard.request()).toBe(false);
  expect(guard.request()).toBe(false);
  expect(ask).toHaveBeenCalledOnce();
  guard.allow();
  expect(close).toHaveBeenCalledOnce();
  expect(guard.request()).toBe(true);
});

test('a silent page does not hold the window open', () => {
  guard.setModified(true);
  guard.request();
  vi.advanceTimersByTime(10_000);
  expect(close).toHaveBeenCalledOnce();
  expect(guard.request()).toBe(true);
});

test('a person may think as long as they like, change their mind, and close again later', async () => {
  guard.setModified(true);
  guard.request();
  const decision = guard.decide(new Promise((resolve) => setTimeout(resolve, 600_000, 'cancel')));
  await vi.advanceTimersByTimeAsync(300_000);
  expect(guard.request()).toBe(false);
  expect(ask).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(await decision).toBe('cancel');
  vi.advanceTimersByTime(60_000);
  expect(close).not.toHaveBeenCalled();
  expect(guard.request()).toBe(false);
  expect(ask).toHaveBeenCalledTimes(2);
});
