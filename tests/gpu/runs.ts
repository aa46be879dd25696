import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkflowEstimate } from '../../engine/contract/estimate.ts';
import type { RunEvent } from '../../engine/contract/events.ts';
import type { FullSizeModel } from './pipelines.ts';
import { markdown } from './tables.ts';

/** A run of the command line, as a person would start it. */
export interface Scenario {
  readonly model: FullSizeModel;
  readonly side: number;
  readonly count: number;
  readonly steps: number;
  /** In GiB; null for none. */
  readonly limit: number | null;
  /** Draws this many rows of a table, one picture each, instead of `count` pictures. */
  readonly rows?: number;
  /** Asks for everything to stay in memory, so that nothing is saved before memory has run out. */
  readonly resident?: boolean;
}

/** What came of it: bytes and seconds. */
export interface RunFigures extends Scenario {
  readonly exitCode: number;
  readonly pictures: number;
  readonly rungs: readonly string[];
  readonly seconds: number;
  /** From one denoiser step's beginning to the next one's; median. */
  readonly step: number;
  /** The most that was in use in the arena, and that it had taken from the device. */
  readonly peak: number;
  readonly reserved: number;
  /** What `headroom estimate` says of the plan that it expects. */
  readonly estimated: number;
  readonly error: string | null;
}

const GIB = 2 ** 30;

/** @param program the bundled command line @param folder the models', made complete before */
export async function runScenario(
  program: string,
  folder: string,
  device: string,
  scenario: Scenario,
): Promise<RunFigures> {
  const work = mkdtempSync(join(tmpdir(), 'headroom-run-'));
  const workflow = join(work, 'workflow.json');
  writeFileSync(workflow, JSON.stringify(documentOf(scenario)));
  const { limit } = scenario;
  const options = [workflow, '--models', folder, '--device', device, '--out', join(work, 'out'), '--json'];
  if (limit !== null) options.push('--vram-limit', String(limit));
  const env = { ...process.env, HEADROOM_STATE: join(work, 'state'), HEADROOM_RESOURCES: 'resources' };
  const estimate = await command([program, 'estimate', ...options], env);
  const run = await command([program, 'run', ...options], env);
  rmSync(work, { recursive: true });
  const [expected] = estimate.lines.map(({ json }) => json as WorkflowEstimate);
  const failed = run.exitCode === 0 ? null : run.errors.slice(-500);
  return {
    ...scenario,
    exitCode: run.exitCode,
    estimated: expected?.peakBytes ?? Number.NaN,
    ...figuresOf(run.lines as Told[]),
    error: messageOf(run.lines as Told[]) ?? failed,
  };
}

interface Told {
  /** Seconds since the program was started. */
  readonly at: number;
  readonly json: RunEvent;
}

/** Runs a program that prints JSON, one value a line, and notes when it printed each. */
function command(args: readonly string[], env: NodeJS.ProcessEnv) {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: { at: number; json: unknown }[] = [];
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  createInterface(child.stdout).on('line', (line) => {
    lines.push({ at: (performance.now() - started) / 1000, json: JSON.parse(line) });
  });
  return new Promise<{ exitCode: number; lines: typeof lines; errors: string }>((resolve) => {
    child.on('close', (code) => resolve({ exitCode: code ?? -1, lines, errors }));
  });
}

function messageOf(told: readonly Told[]): string | null {
  return told.map(({ json }) => (json.type === 'error' ? json.error.message : null)).find((text) => text) ?? null;
}

function figuresOf(told: readonly Told[]) {
  const events = told.map(({ json }) => json);
  const accounts = events.flatMap((event) => (event.type === 'memory' ? (event.memory.arena ?? []) : []));
  const done = events.find((event) => event.type === 'done');
  const steps = told.flatMap(({ at, json }) => (json.type === 'progress' && json.phase === 'denoise' ? at : []));
  const durations = steps.slice(1).map((at, index) => at - (steps[index] as number));
  return {
    pictures: done?.images ?? 0,
    seconds: done?.seconds ?? Number.NaN,
    step: durations.sort((a, b) => a - b)[Math.floor(durations.length / 2)] ?? Number.NaN,
    rungs: events.flatMap((event) => (event.type === 'recovery' ? event.rung : [])),
    peak: Math.max(0, ...accounts.map(({ peakBytes }) => peakBytes)),
    reserved: Math.max(0, ...accounts.map(({ reservedBytes }) => reservedBytes)),
  };
}

function documentOf({ model, side, count, steps, rows, resident }: Scenario): object {
  const example = rows === undefined ? 'text-to-image' : 'prompt-table';
  const document = JSON.parse(readFileSync(`resources/workflows/${example}.json`, 'utf8'));
  const { nodes } = document;
  nodes.model.inputs.model = model;
  const size = { width: side, height: side, steps };
  if (rows === undefined) nodes.generate.inputs = { ...size, seed: 1, num_images: count, prompt: 'a red apple' };
  else {
    nodes.table.inputs.rows = Array.from({ length: rows }, (_, row) => {
      return { prompt: `apple ${row}`, seed: row, num_images: count, ...size };
    });
  }
  if (resident) nodes.generate.inputs.memory_mode = 'resident';
  return document;
}

/** A Markdown table of runs. */
export function runsTable(figures: readonly RunFigures[]): string {
  const gib = (bytes: number) => (bytes / GIB).toFixed(2);
  const rows = figures.map((run) => [
    `${run.model}, ${run.rows === undefined ? run.count : `${run.rows} rows of ${run.count}`} × ${run.side} px, ${run.steps} steps${run.resident ? ', resident' : ''}`,
    run.limit === null ? 'none' : `${run.limit} GiB`,
    String(run.exitCode),
    String(run.pictures),
    run.rungs.join(', '),
    run.seconds.toFixed(1),
    run.step.toFixed(2),
    gib(run.estimated),
    gib(run.peak),
    (run.estimated / run.peak).toFixed(2),
    gib(run.reserved),
    run.error?.slice(0, 200) ?? '',
  ]);
  const header = 'run,limit,exit,pictures,rungs,seconds,seconds a step,estimated GiB,peak GiB,ratio,reserved GiB,error';
  return markdown(header.split(','), rows);
}
