import { describe, expect, it } from 'vitest';
import { exampleImage, exampleJob } from '../testing/examples.ts';
import { openJobs, picturesOf, queueOrder } from './queue.ts';

const finished = exampleJob({ id: 'old', state: 'done', startedAt: 10, finishedAt: 20 });
const failed = exampleJob({ id: 'new', state: 'failed', startedAt: 30, finishedAt: 40 });
const running = exampleJob({ id: 'running', state: 'running', startedAt: 50 });
const first = exampleJob({ id: 'first', state: 'queued' });
const second = exampleJob({ id: 'second', state: 'queued' });

describe('the queue', () => {
  const jobs = [finished, failed, first, running, second];

  it('is read from what runs over what waits to what is over, the newest first', () => {
    expect(queueOrder(jobs).map(({ id }) => id)).toEqual(['running', 'first', 'second', 'new', 'old']);
  });

  it('counts what is still to be done', () => {
    expect(openJobs(jobs)).toBe(3);
  });
});

describe('picturesOf', () => {
  it('gives the pictures of the newest job first, in the order in which a job made them', () => {
    const image = (path: string) => exampleImage({ path });
    const older = { ...finished, images: [image('a'), image('b')] };
    const newer = { ...running, images: [image('c')] };
    expect(picturesOf([older, newer]).map(({ image: { path } }) => path)).toEqual(['c', 'a', 'b']);
  });
});
