import { describe, expect, it } from 'vitest';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { exampleGpu, exampleSample } from '../../testing/examples.ts';
import { axisEnd, plotData, plotKind, plotLayers, usage } from './plot-data.ts';

const GIB = 1024 ** 3;

describe('plotData', () => {
  it('stacks the card: own processes below, everything else up to what is used', () => {
    const sample = exampleSample({ gpu: exampleGpu() });
    const { edges } = plotData([sample], plotLayers(plotKind(sample)), 60);
    expect(edges).toEqual([[6 * GIB], [9 * GIB]]);
    expect(usage(sample)).toMatchObject({ usedBytes: 9 * GIB, totalBytes: 24 * GIB });
  });

  it('stacks the computer where there is no card, and ends at what the system uses', () => {
    const sample = exampleSample();
    const { edges } = plotData([sample], plotLayers(plotKind(sample)), 60);
    expect(edges.at(-1)).toEqual([sample.system.usedBytes]);
    expect(edges[0]).toEqual([sample.processes.engine]);
  });

  it('never lets a layer shrink the sum, even where processes report more than the device', () => {
    const sample = exampleSample({ gpu: exampleGpu({ usedBytes: 5 * GIB }) });
    const { edges } = plotData([sample], plotLayers('gpu'), 60);
    expect(edges).toEqual([[6 * GIB], [6 * GIB]]);
  });

  it('keeps the asked span, counted back from the newest sample', () => {
    const samples = [0, 30, 90, 100].map((second) => exampleSample({ time: 5000 + second * 1000 }));
    const { seconds } = plotData(samples, plotLayers('system'), 60);
    expect(seconds).toEqual([-10, 0]);
  });

  it('is empty without samples', () => {
    expect(plotData([], plotLayers('system'), 60)).toEqual({ seconds: [], samples: [], edges: [[], [], []] });
  });
});

describe('axisEnd', () => {
  const end = (sample: DeviceSample) => {
    const kind = plotKind(sample);
    return axisEnd(kind, plotData([sample], plotLayers(kind), 60));
  };

  it('is the top of the card', () => {
    expect(end(exampleSample({ gpu: exampleGpu() }))).toBe(24 * GIB);
  });

  it('is a little above what the computer uses, and never above what it has', () => {
    const system = (usedGib: number) => exampleSample({ system: { totalBytes: 16 * GIB, usedBytes: usedGib * GIB } });
    expect(end(system(3))).toBe(4 * GIB);
    expect(end(system(15.9))).toBe(16 * GIB);
  });

  it('is above zero without samples', () => {
    expect(axisEnd('system', plotData([], plotLayers('system'), 60))).toBe(1);
  });
});
