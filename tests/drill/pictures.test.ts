import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWorkflow } from '../../engine/contract/migrations.ts';
import { startDrillApp } from './app.ts';
import { writeJournal } from './drill.ts';

const three = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    model: { type: 'load_model' },
    generate: { type: 'image_generate', inputs: { width: 96, height: 96, steps: 2, num_images: 3 } },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-drill-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a job without a table that is struck down between two pictures saves each of them once', async () => {
  await writeJournal(folder, three);
  const first = await startDrillApp(folder);
  await new Promise<void>((resolve) => {
    first.queue.onRunEvent.listen(({ event }) => event.type === 'image' && resolve());
  });
  await first.die();
  const before = (await pictures()).length;
  expect(before).toBeGreaterThan(0);

  const second = await startDrillApp(folder);
  const job = await new Promise((resolve) => {
    second.queue.onChange.listen(([changed]) => changed?.state === 'done' && resolve(changed));
  });
  await second.stop();
  expect(job).toMatchObject({ attempts: 2, images: [{}, {}, {}] });
  expect(await pictures()).toHaveLength(3);
}, 180_000);

async function pictures(): Promise<string[]> {
  return (await readdir(join(folder, 'results'))).filter((name) => !name.startsWith('.'));
}
