import { describe, expect, it } from 'vitest';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { exampleEngine, exampleGpu, exampleSample } from '../../testing/examples.ts';
import { memoryKind } from './holdings.ts';
import { axisEnd, plotData, plotLayers } from './plot-data.ts';

const GIB = 1024 ** 3;
const plot = (...samples: DeviceSample[]) => plotData(samples, memoryKind(samples.at(-1) as DeviceSample), 60);
const titles = (...samples: DeviceSample[]) => plot(...samples).layers.map(({ title }) => title);

describe('plotData', () => {
  it('stacks the card up to what is used, weights by component at the bottom', () => {
    const sample = exampleSample({ gpu: exampleGpu(), engine: exampleEngine() });
    const edges = [0.5, 2.5, 4, 5, 6, 9].map((gib) => [gib * GIB]);
    expect(plot(sample).edges).toEqual(edges);
    expect(titles(sample)).toEqual([
      'Text encoder',
      'UNet',
      'Activations',
      'Cache',
      'Headroom itself',
      'Other programs, driver',
    ]);
  });

  it('stacks the computer in the same form, and ends at what the system uses', () => {
    const sample = exampleSample({ engine: exampleEngine({ where: 'system' }) });
    expect(titles(sample)).toEqual([
      'Text encoder',
      'UNet',
      'Activations',
      'Cache',
      'Engine itself',
      'App',
      'Other programs',
    ]);
    expect(plot(sample).edges.at(-1)).toEqual([sample.system.usedBytes]);
  });

  it('keeps the area of a component that was evicted, empty from then on, and names models where there are two', () => {
    const loaded = exampleSample({ time: 1000, gpu: exampleGpu(), engine: exampleEngine() });
    const other = { model: 'sdxl', component: 'unet', bytes: 1 * GIB };
    const evicted = exampleSample({ time: 2000, gpu: exampleGpu(), engine: exampleEngine({ weights: [other] }) });
    const { edges } = plot(loaded, evicted);
    expect(titles(loaded, evicted).slice(0, 3)).toEqual(['sd15 text encoder', 'sd15 UNet', 'sdxl UNet']);
    expect(edges.slice(0, 3)).toEqual([
      [0.5 * GIB, 0],
      [2.5 * GIB, 0],
      [2.5 * GIB, 1 * GIB],
    ]);
  });

  it('shows the parts of a network that are held one by one as one', () => {
    const weights = ['vae_decoder.head', 'vae_decoder.up'].map((component) => ({
      model: 'm',
      component,
      bytes: 0.5 * GIB,
    }));
    const sample = exampleSample({ gpu: exampleGpu(), engine: exampleEngine({ weights }) });
    expect(titles(sample).slice(0, 2)).toEqual(['VAE decoder', 'Activations']);
    expect(plot(sample).edges[0]).toEqual([GIB]);
  });

  it('gives a component one colour, whatever else is shown', () => {
    const sample = (weights: string[]) =>
      exampleSample({
        gpu: exampleGpu(),
        engine: exampleEngine({ weights: weights.map((component) => ({ model: 'm', component, bytes: 1 })) }),
      });
    const colour = (weights: string[], title: string) =>
      plotLayers('gpu', [sample(weights)]).find((layer) => layer.title === title)?.color;
    const alone = colour(['unet'], 'UNet');
    expect(colour(['vae', 'unet'], 'UNet')).toBe(alone);
    expect(colour(['vae', 'unet'], 'VAE')).not.toBe(alone);
  });

  it('keeps the asked span, counted back from the newest sample', () => {
    const samples = [0, 30, 90, 100].map((second) => exampleSample({ time: 5000 + second * 1000 }));
    const { seconds } = plotData(samples, 'system', 60);
    expect(seconds).toEqual([-10, 0]);
  });

  it('is empty without samples', () => {
    const { seconds, edges } = plotData([], 'system', 60);
    expect([seconds, edges.flat()]).toEqual([[], []]);
  });
});

describe('axisEnd', () => {
  const end = (sample: DeviceSample) => axisEnd(memoryKind(sample), 'all', plot(sample));

  it('is the top of the card', () => {
    expect(end(exampleSample({ gpu: exampleGpu() }))).toBe(24 * GIB);
  });

  it('is a little above what the computer uses, and never above what it has', () => {
    const system = (usedGib: number) => exampleSample({ system: { totalBytes: 16 * GIB, usedBytes: usedGib * GIB } });
    expect(end(system(3))).toBe(4 * GIB);
    expect(end(system(15.9))).toBe(16 * GIB);
  });

  it("is a little above the engine's part where that is shown alone", () => {
    const sample = exampleSample({ processes: { engine: 0.1 * GIB, app: 3 * GIB } });
    const data = plotData([sample], 'system', 60, 'engine');
    expect(data.layers.map(({ title }) => title)).toEqual(['Activations', 'Cache', 'Engine itself']);
    expect(axisEnd('system', 'engine', data) / GIB).toBe(0.125);
  });

  it('is above zero without samples', () => {
    expect(axisEnd('system', 'all', plotData([], 'system', 60))).toBe(1);
  });
});
