import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RowResult } from '../../engine/contract/events.ts';
import type { EventPayload } from '../ipc/contract.ts';
import { PictureRegistry } from '../pictures.ts';
import { JobQueue } from './queue.ts';
import { resumeJobs } from './resume.ts';
import { type Journal, zJournal } from './stored-job.ts';
import { StandInEngine } from './testing/stand-in-engine.ts';

const workflow = { format: 'headroom-workflow', version: 1, name: 'table', nodes: {}, edges: [] } as const;

let folder: string;
let engine: StandInEngine;
let pictures: PictureRegistry;
let saved: Journal;
let events: EventPayload<'run:event'>[];
let queue: JobQueue;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-table-'));
  engine = new StandInEngine();
  pictures = new PictureRegistry();
  events = [];
  queue = open({ version: 1, jobs: [] });
  queue.add({ ...workflow, nodes: {}, edges: [] });
});
afterEach(() => rm(folder, { recursive: true }));

function open(journal: Journal): JobQueue {
  const opened = new JobQueue(engine, pictures, resumeJobs(journal), (next) => {
    saved = zJournal.parse(JSON.parse(JSON.stringify(next)));
  });
  opened.onRunEvent.listen((event) => events.push(event));
  return opened;
}

const picture = (row: number) => path.join(folder, `${row}.png`);

function tellRow(row: number, state: RowResult['state']): void {
  const images = state === 'done' ? [picture(row)] : [];
  const error = state === 'failed' ? { code: 'memory' as const, message: 'too large', place: {} } : null;
  engine.tell({ type: 'row', nodeId: 'table', of: 4, row, state, seconds: 1, peakBytes: null, images, error });
}

/** A row from its beginning to its end, with its picture. */
async function drawRow(row: number): Promise<void> {
  tellRow(row, 'running');
  await tellPicture(row);
  tellRow(row, 'done');
}

async function tellPicture(row: number): Promise<void> {
  await writeFile(picture(row), `${row}`);
  const image = { nodeId: 'save', path: picture(row), kind: 'saved' as const, width: 8, height: 8, settings: {} };
  engine.tell({ type: 'image', image });
}

const job = () => queue.jobs[0]!;
const shown = () => job().images.map((image) => path.basename(image.path));

test('each row is written down as it ends, and an engine that is lost goes on behind it', async () => {
  await drawRow(0);
  tellRow(1, 'failed');
  tellRow(2, 'running');
  await tellPicture(2);
  const [url] = job().images.map((image) => image.url);
  expect(saved.jobs[0]?.table).toMatchObject({ running: 2, ended: [{ row: 0 }, { row: 1, state: 'failed' }] });
  await engine.lose();
  expect(engine.requests.at(-1)).toMatchObject({ runId: job().id, endedRows: { done: [0], failed: [1] } });
  // The picture of a row that has not ended is not shown twice; that of the first keeps its address.
  expect(job().images.map((image) => image.url)).toEqual([url]);
  expect(existsSync(picture(2))).toBe(true);
  events = [];
  engine.tell({ type: 'start', runId: job().id, nodes: [] });
  expect(events.map(({ event, image }) => image?.path ?? event.type)).toEqual(['start', picture(0)]);
  await drawRow(2);
  await drawRow(3);
  expect(shown()).toEqual(['0.png', '2.png', '3.png']);
  expect(job().table).toEqual({ nodeId: 'table', rows: 4, done: 3, failed: 1 });
  await engine.end('failed');
  expect(events.at(-1)?.event).toMatchObject({ type: 'done', images: 3 });
});

test('after a power cut the table goes on where its journal ends', async () => {
  await drawRow(0);
  tellRow(1, 'running');
  await tellPicture(1);
  engine = new StandInEngine();
  queue = open(saved);
  queue.startNext();
  expect(engine.requests).toMatchObject([{ endedRows: { done: [0], failed: [] } }]);
  expect(shown()).toEqual(['0.png']);
});

test('a row that ends is progress: losses count anew, and the table is never given up', async () => {
  for (let row = 0; row < 4; row += 1) {
    tellRow(row, 'running');
    await engine.lose();
    await engine.lose();
    await drawRow(row);
  }
  await engine.end('done');
  expect(job()).toMatchObject({ state: 'done', attempts: 9, table: { done: 4, failed: 0 } });
});

test('a row that takes the engine down three times fails alone', async () => {
  await drawRow(0);
  tellRow(1, 'running');
  for (let loss = 0; loss < 3; loss += 1) {
    await engine.lose();
    tellRow(1, 'running');
  }
  expect(queue.rowsOf(job().id)).toMatchObject([
    { row: 0, state: 'done' },
    {
      row: 1,
      state: 'failed',
      error: { code: 'engine', message: expect.stringMatching(/3 times while it drew this row/) },
    },
  ]);
  expect(events.map(({ event }) => event)).toContainEqual(
    expect.objectContaining({ type: 'row', row: 1, state: 'failed' }),
  );
  expect(engine.requests.at(-1)).toMatchObject({ endedRows: { done: [0], failed: [1] } });
});

test('an engine that dies before any row is at work is the fault of the job', async () => {
  for (let loss = 0; loss < 3; loss += 1) await engine.lose();
  expect(job()).toMatchObject({ state: 'failed', error: { code: 'engine' } });
});

test('failed rows are run again in the same job, and those that are done are not', async () => {
  await drawRow(0);
  tellRow(1, 'failed');
  await drawRow(2);
  expect(() => queue.retryRows(job().id)).toThrow(/not over/);
  tellRow(3, 'skipped');
  await engine.end('failed');
  const before = job();
  queue.retryRows(before.id);
  expect(job()).toMatchObject({ id: before.id, state: 'running', error: null, table: { done: 3, failed: 0 } });
  expect(engine.requests.at(-1)).toMatchObject({ runId: before.id, endedRows: { done: [0, 2, 3], failed: [] } });
  await drawRow(1);
  await engine.end('done');
  expect(job()).toMatchObject({ state: 'done', table: { done: 4, failed: 0 } });
  expect(() => queue.retryRows(before.id)).toThrow(/no row/);
});
