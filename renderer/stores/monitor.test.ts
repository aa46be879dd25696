import { afterEach, describe, expect, it } from 'vitest';
import { exampleSample } from '../testing/examples.ts';
import { addSamples, clearSamples, SAMPLE_LIMIT, useMonitor } from './monitor.ts';

const times = () => useMonitor.getState().samples.map((sample) => sample.time);
const at = (time: number) => exampleSample({ time });

describe('samples', () => {
  afterEach(clearSamples);

  it('are kept in order of time, and the newest is at hand', () => {
    addSamples([at(1), at(2)]);
    addSamples([at(3)]);
    expect(times()).toEqual([1, 2, 3]);
    expect(useMonitor.getState().latest?.time).toBe(3);
  });

  it('change the figures once a second', () => {
    const shown = [1000, 1250, 1500, 1750, 2000, 2250].map((time) => {
      addSamples([at(time)]);
      return useMonitor.getState().figures?.time;
    });
    expect(shown).toEqual([1000, 1000, 1000, 1000, 2000, 2000]);
  });

  it('take in the history that comes after the first live ones, without doubles', () => {
    addSamples([at(10)]);
    addSamples([at(11)]);
    addSamples([at(8), at(9), at(10)]);
    expect(times()).toEqual([8, 9, 10, 11]);
  });

  it('do not grow without end', () => {
    addSamples(Array.from({ length: SAMPLE_LIMIT }, (_, index) => at(index + 1)));
    addSamples([at(SAMPLE_LIMIT + 1)]);
    expect(times()).toHaveLength(SAMPLE_LIMIT);
    expect(times()[0]).toBe(2);
  });

  it('tell nothing new when an empty history comes', () => {
    addSamples([]);
    expect(useMonitor.getState().latest).toBeNull();
  });
});
