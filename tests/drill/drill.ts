import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_LOSSES } from '../../electron/queue/resume.ts';
import type { StoredJob } from '../../electron/queue/stored-job.ts';
import type { RowResult } from '../../engine/contract/events.ts';
import type { Workflow } from '../../engine/contract/workflow.ts';
import { type DrillApp, startDrillApp } from './app.ts';
import { DISTURBANCES, type Disturbance } from './disturbances.ts';
import { Random } from './random.ts';
import { drillWorkflow } from './table.ts';

export interface DrillReport {
  seed: number;
  faults: { name: string; row: number | null; rowsDone: number }[];
  /** How often each run was begun. */
  attempts: number;
  rows: RowResult[];
  /** By file name: a hash of its bytes. */
  files: Record<string, string>;
  /** The same of the run that nobody disturbed. */
  expected: Record<string, string>;
  seconds: { undisturbed: number; disturbed: number };
}

/** Draws a table undisturbed, and again while engine, app and memory are struck down, each fault at a random moment. */
export async function drill(
  rows: number,
  faults: number,
  seed: number,
  say: (line: string) => void,
): Promise<DrillReport> {
  const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'headroom-drill-'))));
  const [calm = '', rough = ''] = folders;
  try {
    for (const folder of folders) await writeJournal(folder, drillWorkflow(rows));
    const undisturbed = await drawTable(calm, [], new Random(seed), 0, say);
    say(`undisturbed: ${undisturbed.rows.length} rows in ${undisturbed.seconds.toFixed(1)} s`);
    const random = new Random(seed);
    const plan = Array.from({ length: faults }, () => DISTURBANCES[random.below(DISTURBANCES.length)] as Disturbance);
    const disturbed = await drawTable(rough, plan, random, medianMs(undisturbed.rows), say);
    return {
      seed,
      faults: disturbed.faults,
      attempts: disturbed.attempts,
      rows: disturbed.rows,
      files: await hashes(join(rough, 'results')),
      expected: await hashes(join(calm, 'results')),
      seconds: { undisturbed: undisturbed.seconds, disturbed: disturbed.seconds },
    };
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

/** The job "drill", the same in each run: what it leaves to chance follows from its id. */
export async function writeJournal(folder: string, workflow: Workflow): Promise<void> {
  const job: StoredJob = {
    id: 'drill',
    name: 'drill',
    state: 'queued',
    attempts: 0,
    createdAt: 0,
    startedAt: null,
    finishedAt: null,
    images: [],
    error: null,
    note: null,
    workflow,
    losses: 0,
    table: null,
  };
  await writeFile(join(folder, 'queue.json'), JSON.stringify({ version: 1, jobs: [job] }));
}

async function drawTable(
  folder: string,
  plan: readonly Disturbance[],
  random: Random,
  rowMs: number,
  say: (line: string) => void,
) {
  const started = performance.now();
  const pending = [...plan];
  const faults: DrillReport['faults'] = [];
  for (;;) {
    const app = await startDrillApp(folder);
    const end = await untilStruck(
      app,
      pending,
      (next) => next.delay(random, rowMs),
      (fault) => {
        faults.push(fault);
        say(`fault ${faults.length} of ${plan.length}: ${fault.name}; row ${fault.row ?? '-'}, ${fault.rowsDone} done`);
      },
    );
    if (end === 'struck') {
      await app.die();
      continue;
    }
    const [job] = app.queue.jobs;
    const rows = app.queue.rowsOf('drill');
    await app.stop();
    if (end === 'failed') {
      const said = app.log.lines.slice(-20).map(({ message }) => message);
      throw new Error(
        `The drill ended early: ${JSON.stringify([app.engine.status, job?.state, job?.error])}\n${said.join('\n')}`,
      );
    }
    return { rows, faults, attempts: job?.attempts ?? 0, seconds: (performance.now() - started) / 1000 };
  }
}

/** Lets the app work, striking the engine as planned, until the app itself is struck or the job is over. */
function untilStruck(
  { engine, queue, losses, killEngine, pressEngine }: DrillApp,
  pending: Disturbance[],
  delayOf: (disturbance: Disturbance) => number,
  tell: (fault: DrillReport['faults'][number]) => void,
): Promise<'struck' | 'over' | 'failed'> {
  let row: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  let pressing: Disturbance | null = null;
  return new Promise((resolve) => {
    const strike = (disturbance: Disturbance) => {
      timer = null;
      // A row that takes the engine down MAX_LOSSES times is given up, and rightly so: the drill must not be that row's fault.
      if (losses() >= MAX_LOSSES - 1) return;
      if (disturbance.strikes === 'memory') {
        // It has struck when the run says what it did about it.
        pressing = disturbance;
        pressEngine('squeeze');
        return;
      }
      if (disturbance.strikes === 'engine' && !killEngine()) return;
      struck(disturbance);
      if (disturbance.strikes === 'app') resolve('struck');
    };
    const struck = (disturbance: Disturbance) => {
      pending.splice(pending.indexOf(disturbance), 1);
      tell({ name: disturbance.name, row, rowsDone: queue.rowsOf('drill').length });
    };
    queue.onRunEvent.listen(({ event }) => {
      if (event.type === 'row') row = event.state === 'running' ? event.row : null;
      if (event.type === 'recovery' && pressing) {
        struck(pressing);
        pressing = null;
      }
      const next = timer ? undefined : pending.find((disturbance) => disturbance.after(event));
      if (!next) return;
      const delay = delayOf(next);
      if (delay === 0) strike(next);
      else timer = setTimeout(() => strike(next), delay);
    });
    queue.onChange.listen(([job]) => {
      if (job?.state === 'done' || job?.state === 'failed') resolve('over');
    });
    engine.onStatus.listen(({ state }) => {
      if (state === 'failed') resolve('failed');
    });
  });
}

function medianMs(rows: readonly RowResult[]): number {
  const sorted = rows.map(({ seconds }) => seconds * 1000).toSorted((one, other) => one - other);
  return Math.ceil(sorted[Math.floor(sorted.length / 2)] ?? 1);
}

async function hashes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  const pairs = names.map(async (name) => {
    const bytes = await readFile(join(folder, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}
