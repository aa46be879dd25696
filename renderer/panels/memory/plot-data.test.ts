import { describe, expect, it } from 'vitest';
import { exampleGpu, exampleSample } from '../../testing/examples.ts';
import { plotData, plotKind, plotLayers, usage } from './plot-data.ts';

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
