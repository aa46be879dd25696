import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../contract/events.ts';
import { throttled } from './throttled.ts';

const progress = (fraction: number): RunEvent => ({
  type: 'progress',
  nodeId: 'n',
  phase: 'denoise',
  fraction,
  detail: '',
});
const preview: RunEvent = { type: 'preview', nodeId: 'n', jpeg: new Uint8Array() };
const running: RunEvent = { type: 'node', nodeId: 'n', state: 'done' };

let sent: RunEvent[];
let events: ReturnType<typeof throttled>;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.advanceTimersByTime(1000);
  sent = [];
  events = throttled((event) => sent.push(event));
});
afterEach(() => void vi.useRealTimers());

test('of many the first goes at once and the latest when its time has come', () => {
  for (let i = 0; i < 50; i++) events.send(progress(i / 50));
  expect(sent).toEqual([progress(0)]);
  vi.advanceTimersByTime(99);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([progress(0), progress(49 / 50)]);
});

test('each kind has its own time', () => {
  events.send(progress(0));
  events.send(preview);
  expect(sent).toEqual([progress(0), preview]);
});

test('other events go at once and never overtake what was held back', () => {
  for (const fraction of [0, 0.5, 1]) events.send(progress(fraction));
  events.send(running);
  expect(sent).toEqual([progress(0), progress(1), running]);
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(3);
});

test('flush leaves nothing behind', () => {
  for (const fraction of [0, 0.5]) events.send(progress(fraction));
  events.flush();
  expect(sent).toEqual([progress(0), progress(0.5)]);
});
