import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeadroomError } from '../../engine/contract/errors.ts';
import type { Workflow } from '../../engine/contract/workflow.ts';
import type { EventPayload, Job } from '../ipc/contract.ts';
import { JsonFile } from '../json-file.ts';
import { PictureRegistry } from '../pictures.ts';
import { JobQueue } from './queue.ts';
import { resumeJobs } from './resume.ts';
import { type Journal, zJournal } from './stored-job.ts';
import { StandInEngine } from './testing/stand-in-engine.ts';

const workflow = (name: string): Workflow => ({ format: 'headroom-workflow', version: 1, name, nodes: {}, edges: [] });
const image = (file: string) => ({
  nodeId: 'save',
  path: file,
  kind: 'saved' as const,
  width: 8,
  height: 8,
  settings: { seed: 1 },
});

let folder: string;
let engine: StandInEngine;
let pictures: PictureRegistry;
let saved: Journal;
let events: EventPayload<'run:event'>[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-queue-'));
  engine = new StandInEngine();
  pictures = new PictureRegistry();
  events = [];
});
afterEach(() => rm(folder, { recursive: true }));

function open(journal: Journal = { version: 1, jobs: [] }): JobQueue {
  const queue = new JobQueue(engine, pictures, resumeJobs(journal), (next) => {
    saved = zJournal.parse(JSON.parse(JSON.stringify(next)));
  });
  queue.onRunEvent.listen((event) => events.push(event));
  return queue;
}

const brief = (jobs: Job[]) => jobs.map(({ name, state, attempts }) => `${name} ${state} ${attempts}`);

test('runs one job at a time, in order, and writes each change down first', async () => {
  const queue = open();
  queue.add(workflow('a'));
  queue.add(workflow('b'));
  expect(brief(queue.jobs)).toEqual(['a running 1', 'b queued 0']);
  expect(saved.jobs.map(({ state }) => state)).toEqual(['running', 'queued']);
  expect(engine.requests).toHaveLength(1);
  engine.tell({ type: 'image', image: image('/r/a.png') });
  await engine.end('done');
  expect(brief(queue.jobs)).toEqual(['a done 1', 'b running 1']);
  expect(engine.requests.map(({ workflow: { name } }) => name)).toEqual(['a', 'b']);
  const [job] = queue.jobs;
  expect(job?.images).toMatchObject([{ path: '/r/a.png', url: expect.stringContaining('headroom-image:') }]);
  expect(pictures.resolve(job!.images[0]!.url)).toBe('/r/a.png');
  expect(events[0]).toMatchObject({ jobId: job!.id, image: { url: job!.images[0]!.url } });
});

test('when the engine is lost its job goes first again, ahead of the others, and says why', async () => {
  const queue = open();
  queue.add(workflow('a'));
  queue.add(workflow('b'));
  engine.tell({ type: 'image', image: image('/r/half.png') });
  await engine.lose();
  expect(brief(queue.jobs)).toEqual(['a running 2', 'b queued 0']);
  expect(queue.jobs[0]).toMatchObject({ note: 'the engine was lost: its process crashed (SIGSEGV)', images: [] });
  await engine.end('done');
  expect(brief(queue.jobs)).toEqual(['a done 2', 'b running 1']);
});

test('a job that takes the engine down three times fails, and the next one runs', async () => {
  const queue = open();
  queue.add(workflow('deadly'));
  queue.add(workflow('b'));
  for (let loss = 0; loss < 3; loss += 1) await engine.lose();
  expect(brief(queue.jobs)).toEqual(['deadly failed 3', 'b running 1']);
  expect(queue.jobs[0]?.error).toMatchObject({ code: 'engine', message: expect.stringContaining('3 times') });
  expect(events.map(({ event }) => event.type)).toEqual(['error', 'done']);
});

test('restarts that the person asked for are not held against the job', async () => {
  const queue = open();
  queue.add(workflow('a'));
  for (let restart = 0; restart < 6; restart += 1) await engine.lose(true);
  expect(queue.jobs[0]).toMatchObject({ state: 'running', attempts: 7, note: 'the engine was restarted' });
});

test('cancelling takes a waiting job out at once and asks for a running one to stop', async () => {
  const queue = open();
  const running = queue.add(workflow('a'));
  const waiting = queue.add(workflow('b'));
  await queue.cancel(waiting.id);
  expect(brief(queue.jobs)).toEqual(['a running 1', 'b cancelled 0']);
  await queue.cancel(running.id);
  expect(engine.cancelled).toEqual([running.id]);
  await engine.end('cancelled');
  expect(brief(queue.jobs)).toEqual(['a cancelled 1', 'b cancelled 0']);
});

test('a job that was asked to stop stays stopped when the engine is restarted under it', async () => {
  const queue = open();
  const { id } = queue.add(workflow('a'));
  await queue.cancel(id);
  await engine.lose(true);
  expect(brief(queue.jobs)).toEqual(['a cancelled 1']);
  expect(events.at(-1)?.event).toMatchObject({ type: 'done', state: 'cancelled' });
});

test('failures keep their reason: told by the run, or refused by the engine', async () => {
  const queue = open();
  queue.add(workflow('a'));
  const error = { code: 'model', message: 'unet is missing', place: { nodeId: 'model' } } as const;
  engine.tell({ type: 'error', error });
  await engine.end('failed');
  queue.add(workflow('b'));
  await engine.refuse(new HeadroomError('internal', 'Another run is not over yet.'));
  expect(queue.jobs).toMatchObject([
    { state: 'failed', error },
    { state: 'failed', error: { code: 'internal', message: 'Another run is not over yet.' } },
  ]);
});

test('waits for an engine that is not ready', async () => {
  engine.status = { state: 'starting', attempt: 1 };
  const queue = open();
  queue.add(workflow('a'));
  expect(brief(queue.jobs)).toEqual(['a queued 0']);
  await engine.lose();
  expect(brief(queue.jobs)).toEqual(['a running 1']);
});

test('a job runs again as a new one; one that is not over does not', async () => {
  const queue = open();
  const { id } = queue.add(workflow('a'));
  expect(() => queue.retry(id)).toThrow(HeadroomError);
  await engine.end('failed');
  expect(queue.retry(id)).toMatchObject({ name: 'a', state: 'running', attempts: 1 });
  expect(brief(queue.jobs)).toEqual(['a failed 1', 'a running 1']);
  expect(() => queue.retry('gone')).toThrow(/not in the queue/);
});

test('finished jobs are bounded, can be cleared, and take their pictures with them', async () => {
  const queue = open();
  queue.add(workflow('first'));
  engine.tell({ type: 'image', image: image('/r/first.png') });
  await engine.end('done');
  const url = queue.jobs[0]!.images[0]!.url;
  for (let job = 0; job < 100; job += 1) {
    queue.add(workflow(`${job}`));
    await engine.end('done');
  }
  expect(queue.jobs).toHaveLength(100);
  expect(queue.jobs[0]?.name).toBe('0');
  expect(pictures.resolve(url)).toBeNull();
  queue.add(workflow('running'));
  queue.clearFinished();
  expect(brief(queue.jobs)).toEqual(['running running 1']);
});

test('after a power cut the interrupted job goes first, then those that waited; pictures that are gone are left out', async () => {
  const kept = path.join(folder, 'kept.png');
  await writeFile(kept, '');
  const before = open();
  before.add(workflow('finished'));
  engine.tell({ type: 'image', image: image(kept) });
  engine.tell({ type: 'image', image: image(path.join(folder, 'gone.png')) });
  await engine.end('done');
  before.add(workflow('interrupted'));
  before.add(workflow('waiting'));
  const journal = saved;

  engine = new StandInEngine();
  const after = open(journal);
  expect(brief(after.jobs)).toEqual(['finished done 1', 'interrupted queued 1', 'waiting queued 0']);
  expect(after.jobs[0]?.images.map((shown) => shown.path)).toEqual([kept]);
  expect(pictures.resolve(after.jobs[0]!.images[0]!.url)).toBe(kept);
  after.startNext();
  expect(brief(after.jobs)).toEqual(['finished done 1', 'interrupted running 2', 'waiting queued 0']);
});

test('a job that brings the whole computer down does not do so at every start', () => {
  open().add(workflow('deadly'));
  for (let start = 0; start < 2; start += 1) {
    engine = new StandInEngine();
    open(saved).startNext();
  }
  expect(brief(open(saved).jobs)).toEqual(['deadly failed 3']);
});

test('closing Headroom leaves the running job for the next start, without blame', async () => {
  for (let session = 0; session < 5; session += 1) {
    engine = new StandInEngine();
    const queue = session === 0 ? open() : open(saved);
    if (session === 0) queue.add(workflow('a'));
    queue.startNext();
    queue.close();
    await engine.lose(true);
    expect(saved.jobs).toMatchObject([{ state: 'queued', losses: 0, note: 'Headroom was closed' }]);
  }
});

test('the journal survives as a file; a damaged one is set aside', async () => {
  const file = path.join(folder, 'queue.json');
  const journal = new JsonFile(file, zJournal);
  expect(await journal.read()).toEqual({ value: null, problem: null });
  open().add(workflow('a'));
  await Promise.all([journal.write({ version: 1, jobs: [] }), journal.write(saved)]);
  expect(await journal.read()).toEqual({ value: saved, problem: null });
  await writeFile(file, '{"version": 1, "jobs": [{');
  expect(await journal.read()).toEqual({ value: null, problem: expect.stringMatching(/damaged.*broken-\d+\.json/s) });
  expect(await journal.read()).toEqual({ value: null, problem: null });
});
