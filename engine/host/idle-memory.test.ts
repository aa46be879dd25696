import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeviceMemory } from '../memory/device-memory.ts';
import { IdleMemory } from './idle-memory.ts';

const MEBIBYTE = 2 ** 20;
let memory: DeviceMemory;
let told: [freed: number, inPieces: number][];
let idleMemory: IdleMemory;
beforeEach(async () => {
  memory = await DeviceMemory.open('cpu', 512 * MEBIBYTE);
  told = [];
  idleMemory = new IdleMemory(memory, (...bytes) => told.push(bytes));
});
afterEach(() => void memory.shrink());

const rest = () => {
  idleMemory.idle(1);
  return wait(20);
};

test('what a run left behind is given back once nothing runs', async () => {
  memory.prepareRun(100 * MEBIBYTE);
  const left = memory.cachedBytes();
  idleMemory.idle(1);
  idleMemory.busy();
  await wait(20);
  expect(memory.cachedBytes()).toBe(left);
  await rest();
  expect([told, memory.cachedBytes()]).toEqual([[[left, 0]], 0]);
});

test('little of it is kept for the next run', async () => {
  memory.prepareRun(20 * MEBIBYTE);
  const left = memory.cachedBytes();
  await rest();
  expect([told, memory.cachedBytes()]).toEqual([[], left]);
});

test('a region in which something is in use stays, and is told', async () => {
  memory.prepareRun(100 * MEBIBYTE);
  const release = memory.hold(4096);
  await rest();
  release();
  expect(told).toEqual([[0, expect.any(Number)]]);
  expect(told[0]![1]).toBeGreaterThan(100 * MEBIBYTE);
});
