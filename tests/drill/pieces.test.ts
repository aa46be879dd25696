import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Job } from '../../electron/ipc/contract.ts';
import { startDrillApp } from './app.ts';
import { writeJournal } from './drill.ts';
import { drillWorkflow } from './table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-drill-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('an engine whose free memory lies in pieces is started again between jobs, and the job goes on by itself', async () => {
  await writeJournal(folder, drillWorkflow(1));
  const app = await startDrillApp(folder);
  app.pressEngine('crumble');
  const reasons = new Set<string>();
  app.engine.onStatus.listen((status) => status.state === 'restarting' && reasons.add(status.reason));
  const job = await new Promise<Job>((resolve) => {
    app.queue.onChange.listen(([changed]) => {
      if (changed?.state === 'done' || changed?.state === 'failed') resolve(changed);
    });
  });
  await app.stop();
  expect(job).toMatchObject({ state: 'done', attempts: 2, images: [{}] });
  expect([...reasons]).toEqual([expect.stringContaining('pieces')]);
  expect(app.log.lines.map(({ message }) => message).join('\n')).toMatch(/MiB of memory are free in pieces/);
  expect(await readdir(join(folder, 'results'))).toHaveLength(1);
}, 180_000);
