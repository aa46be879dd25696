import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceReading } from '../ort/device-reading.ts';
import { DeviceMemory } from './device-memory.ts';

const GIBIBYTE = 2 ** 30;
/** A device of 8 GiB of which others use half; a sixteenth is left alone. */
const card: DeviceReading = { totalBytes: 8 * GIBIBYTE, freeBytes: 4 * GIBIBYTE };

let memory: DeviceMemory;
afterEach(() => void memory.shrink());

describe('a run', () => {
  const bytes = 20 * 2 ** 20;
  const cached = async (limit: number | null, freeBytes: number) => {
    memory = await DeviceMemory.open('cpu', limit, () => ({ ...card, freeBytes }));
    memory.prepareRun(bytes);
    const left = memory.cachedBytes();
    memory.shrink();
    return left;
  };

  it('finds one region under a limit, and where too little is free for one in pieces', async () => {
    expect(await cached(GIBIBYTE, card.freeBytes)).toBeGreaterThanOrEqual(bytes);
    const reserve = GIBIBYTE / 2;
    expect(await cached(null, reserve + bytes * 1.3)).toBeGreaterThanOrEqual(bytes);
    expect(await cached(null, reserve + bytes * 2)).toBe(0);
  });
});

describe('what weights and runs may take', () => {
  it('is what other programs leave, less a reserve', async () => {
    memory = await DeviceMemory.open('cpu', null, () => card);
    expect(memory.budgetBytes()).toBe(3.5 * GIBIBYTE);
  });

  it('keeps at most one gibibyte of a large device in reserve', async () => {
    memory = await DeviceMemory.open('cpu', null, () => ({ totalBytes: 80 * GIBIBYTE, freeBytes: 79 * GIBIBYTE }));
    expect(memory.budgetBytes()).toBe(78 * GIBIBYTE);
  });

  it('counts what is held already: it is ours to use', async () => {
    memory = await DeviceMemory.open('cpu', null, () => card);
    const release = memory.hold(GIBIBYTE);
    expect(memory.budgetBytes()).toBe(4.5 * GIBIBYTE);
    release();
  });

  it('is never more than the limit, and never less than nothing', async () => {
    memory = await DeviceMemory.open('cpu', GIBIBYTE, () => card);
    expect(memory.budgetBytes()).toBe(GIBIBYTE);
    memory = await DeviceMemory.open('cpu', GIBIBYTE, () => ({ ...card, freeBytes: GIBIBYTE }));
    expect(memory.budgetBytes()).toBe(GIBIBYTE / 2);
    memory = await DeviceMemory.open('cpu', GIBIBYTE, () => ({ ...card, freeBytes: 1 }));
    expect(memory.budgetBytes()).toBe(0);
  });

  it('is the limit, or not known, where the device cannot be read', async () => {
    memory = await DeviceMemory.open('cpu', GIBIBYTE, () => null);
    expect(memory.budgetBytes()).toBe(GIBIBYTE);
    memory = await DeviceMemory.open('cpu', null, () => null);
    expect(memory.budgetBytes()).toBeNull();
    expect(DeviceMemory.unmanaged().budgetBytes()).toBeNull();
  });

  it('leaves as much to other programs as was asked for', async () => {
    memory = await DeviceMemory.open('cpu', null, () => card, { keptFreeBytes: 3 * GIBIBYTE });
    expect(memory.budgetBytes()).toBe(GIBIBYTE);
    memory = await DeviceMemory.open('cpu', null, () => card, { keptFreeBytes: 0 });
    expect(memory.budgetBytes()).toBe(4 * GIBIBYTE);
  });
});

describe('the settings in force', () => {
  it('are those that were chosen, and for the rest those that the engine chose', async () => {
    memory = await DeviceMemory.open('cpu', null, () => card);
    expect(memory.settings()).toMatchObject({
      deviceBytes: card.totalBytes,
      limitBytes: null,
      keptFreeBytes: GIBIBYTE / 2,
      arena: { extendStrategy: 'kSameAsRequested' },
    });
    const wishes = { keptFreeBytes: 1, extendStrategy: 'kNextPowerOfTwo' } as const;
    memory = await DeviceMemory.open('cpu', GIBIBYTE, () => card, wishes);
    expect(memory.settings()).toMatchObject({
      limitBytes: GIBIBYTE,
      keptFreeBytes: 1,
      arena: { extendStrategy: 'kNextPowerOfTwo' },
    });
  });

  it('say where nothing can be chosen', () => {
    expect(DeviceMemory.unmanaged().settings()).toMatchObject({ deviceBytes: null, keptFreeBytes: null, arena: null });
  });
});
