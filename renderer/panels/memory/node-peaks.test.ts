import { afterEach, expect, it } from 'vitest';
import type { RunEvent } from '../../../engine/contract/events.ts';
import { exampleEngine, exampleGpu, exampleSample } from '../../testing/examples.ts';
import { clearNodePeaks, takeNodeEvent, takePeak, useNodePeaks } from './node-peaks.ts';

const GIB = 1024 ** 3;
afterEach(clearNodePeaks);

const tell = (time: number, event: RunEvent, jobId = 'job') => takeNodeEvent({ jobId, event }, time);
const start = (jobId = 'job') => tell(0, { type: 'start', runId: jobId, nodes: [] }, jobId);
const node = (time: number, nodeId: string, state: 'running' | 'done') => tell(time, { type: 'node', nodeId, state });
const sample = (time: number, gib: number) =>
  takePeak(
    exampleSample({
      time,
      gpu: exampleGpu(),
      engine: exampleEngine({ arena: { inUseBytes: gib * GIB, reservedBytes: 6 * GIB, peakBytes: 6 * GIB } }),
    }),
  );
const peaks = () => useNodePeaks.getState().peaks.map(({ nodeId, bytes, time }) => [nodeId, bytes / GIB, time]);

it('is the highest sample of the time in which the node worked, each sample telling of the moments before it', () => {
  start();
  node(1000, 'generate', 'running');
  sample(1100, 6); // of what was before the node
  sample(1350, 3);
  sample(1600, 5);
  sample(1850, 4);
  node(2000, 'generate', 'done');
  node(2000, 'upscale', 'running');
  sample(2100, 5.5); // still of the first node
  sample(2350, 3);
  node(2900, 'upscale', 'done');
  sample(3400, 6); // of no node
  expect(peaks()).toEqual([
    ['generate', 5.5, 2100],
    ['upscale', 3, 2350],
  ]);
});

it('is the highest of all rows of a table, and not of the table, which waits for them', () => {
  start();
  node(1000, 'table', 'running');
  for (const [row, gib] of [3, 5, 4].entries()) {
    node(2000 + 1000 * row, 'generate', 'running');
    sample(2600 + 1000 * row, gib);
    node(2900 + 1000 * row, 'generate', 'done');
  }
  expect(peaks()).toEqual([['generate', 5, 3600]]);
});

it('begins anew with each run, and ends with it, told or not', () => {
  start();
  node(1000, 'generate', 'running');
  sample(1500, 5);
  tell(2000, { type: 'done', state: 'failed', images: 0, seconds: 1 });
  sample(2600, 6);
  expect(peaks()).toEqual([['generate', 5, 1500]]);
  start('next');
  expect(peaks()).toEqual([]);
  node(3000, 'generate', 'running'); // of the first job, which is not the latest
  sample(3500, 5);
  expect(peaks()).toEqual([]);
});
