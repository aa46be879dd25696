import { describe, expect, it } from 'vitest';
import { exampleEngine, exampleGpu, exampleSample } from '../../testing/examples.ts';
import { holdings, inUse, memoryKind, usage } from './holdings.ts';

const GIB = 1024 ** 3;

const all = (held: ReturnType<typeof holdings>) =>
  held.weights.reduce((sum, { bytes }) => sum + bytes, 0) +
  held.activations +
  held.cache +
  held.itself +
  held.app +
  held.other;

describe('holdings of a card', () => {
  // 9 GiB used: 6 of Headroom's process, 1 of another, 2 of the driver.
  const sample = exampleSample({ gpu: exampleGpu(), engine: exampleEngine() });

  it('are weights, what runs take beside them, what is kept for later, the process itself, and the others', () => {
    expect(holdings(sample, 'gpu')).toEqual({
      weights: [
        { model: 'sd15', component: 'text_encoder', bytes: 0.5 * GIB },
        { model: 'sd15', component: 'unet', bytes: 2 * GIB },
      ],
      activations: 1.5 * GIB,
      cache: 1 * GIB,
      itself: 1 * GIB,
      app: 0,
      other: 3 * GIB,
    });
    expect(all(holdings(sample, 'gpu'))).toBe(usage(sample).usedBytes);
    expect(inUse(sample)).toBe(4 * GIB);
  });

  it("go by the arena's word where the driver names no processes", () => {
    const unnamed = exampleSample({ gpu: exampleGpu({ processes: [] }), engine: exampleEngine() });
    expect(holdings(unnamed, 'gpu')).toMatchObject({ cache: 1 * GIB, itself: 0, other: 4 * GIB });
  });

  it('are never more than what is used, even where processes report more than the device', () => {
    const odd = exampleSample({ gpu: exampleGpu({ usedBytes: 5 * GIB }), engine: exampleEngine() });
    expect(holdings(odd, 'gpu').other).toBe(0);
  });

  it('without a word of the engine, all of its process is itself', () => {
    const silent = exampleSample({ gpu: exampleGpu() });
    expect(holdings(silent, 'gpu')).toMatchObject({ weights: [], activations: 0, cache: 0, itself: 6 * GIB });
    expect(inUse(silent)).toBeNull();
  });
});

it('where the arena cannot be read, all that the process has is in use', () => {
  expect(inUse(exampleSample({ gpu: exampleGpu(), engine: exampleEngine({ arena: null }) }))).toBe(6 * GIB);
});

describe('holdings of the computer', () => {
  const engine = exampleEngine({ where: 'system' });

  it('are cut to what the process really has: reserved memory that was never touched is not there', () => {
    const sample = exampleSample({ processes: { engine: 3 * GIB, app: 1 * GIB }, engine });
    const held = holdings(sample, 'system');
    expect(held).toMatchObject({ activations: 0.5 * GIB, cache: 0, itself: 0, app: 1 * GIB, other: 2 * GIB });
    expect(all(held)).toBe(sample.system.usedBytes);
  });

  it('are shown where the engine works there, card or not', () => {
    expect(memoryKind(exampleSample({ gpu: exampleGpu(), engine }))).toBe('system');
    expect(memoryKind(exampleSample({ gpu: exampleGpu() }))).toBe('gpu');
    expect(memoryKind(exampleSample())).toBe('system');
  });
});
