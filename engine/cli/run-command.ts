import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type ErrorCode, HeadroomError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflowText } from '../contract/migrations.ts';
import { type EngineOptions, zEngineOptions } from '../contract/protocol.ts';
import type { Workflow } from '../contract/workflow.ts';
import { openEngine } from '../host/open.ts';
import { parseCommand, SHARED_OPTIONS } from './arguments.ts';
import { EXIT_DONE, exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { memoryLimit } from './memory-limit.ts';
import { jsonReporter, personReporter, type Reporter } from './reporters.ts';
import { modelFolders } from './resources.ts';
import { setInputs } from './set-inputs.ts';
import { stateFolder } from './state-folder.ts';

const OPTIONS = {
  ...SHARED_OPTIONS,
  set: { type: 'string', multiple: true, default: [] as string[] },
  out: { type: 'string', default: 'pictures' },
  device: { type: 'string', default: 'auto' },
  'vram-limit': { type: 'string' },
} as const;

/** `headroom run`: answers the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand('run', args, OPTIONS);
  const reporter = values.json ? jsonReporter() : personReporter();
  try {
    return await run(onlyWorkflow(positionals), values, reporter);
  } catch (thrown) {
    // What is wrong before the run begins is told like what goes wrong in it, so that a program reads one kind of output.
    return values.json ? reporter.failedToStart(thrown) : Promise.reject(thrown);
  }
}

interface RunValues {
  models: string[];
  set: string[];
  out: string;
  device: string;
  'vram-limit'?: string | undefined;
}

async function run(path: string, values: RunValues, reporter: Reporter): Promise<number> {
  const document = readDocument(path);
  const results = resolve(values.out);
  const engine = await openEngine(
    {
      modelFolders: modelFolders(values.models),
      resultsFolder: results,
      previewFolder: join(results, 'previews'),
      device: deviceName(values.device),
      memoryLimitBytes: memoryLimit(values['vram-limit']),
      stateFolder: stateFolder(),
    },
    { onLease: () => {}, onMemory: (memory) => reporter.event({ type: 'memory', memory }), onLog: reporter.log },
  );
  const { nodes, device } = engine.describe();
  const workflow = setInputs(document, values.set, nodes);
  reporter.begin(workflow.name ?? basename(path), device);

  const errors: ErrorCode[] = [];
  let outcome = 'failed' as Extract<RunEvent, { type: 'done' }>['state'];
  const controller = new AbortController();
  const forget = onInterrupt(() => {
    reporter.interrupted();
    controller.abort();
  });
  await engine.run(
    { runId: randomUUID(), workflow },
    {
      signal: controller.signal,
      onEvent(event) {
        if (event.type === 'error') errors.push(event.error.code);
        if (event.type === 'done') outcome = event.state;
        reporter.event(event);
      },
    },
  );
  forget();
  switch (outcome) {
    case 'done':
      return EXIT_DONE;
    case 'cancelled':
      return exitCode('cancelled');
    case 'failed':
      return exitCode(errors[0] ?? 'internal');
  }
}

function onlyWorkflow(positionals: readonly string[]): string {
  const [path, ...others] = positionals;
  if (path !== undefined && others.length === 0) return path;
  const problem =
    path === undefined ? 'Which workflow? Give its file' : `One workflow at a time, not also ${others[0]}`;
  throw new HeadroomError('input', `${problem}: headroom run WORKFLOW.json. See headroom run --help.`);
}

function readDocument(path: string): Workflow {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('input', `The workflow cannot be read: ${reason}`, { cause });
  }
  try {
    return readWorkflowText(text);
  } catch (thrown) {
    if (!(thrown instanceof HeadroomError)) throw thrown;
    throw new HeadroomError(thrown.code, `${path}: ${thrown.message}`, { cause: thrown, place: thrown.place });
  }
}

function deviceName(name: string): EngineOptions['device'] {
  const devices = zEngineOptions.shape.device;
  const parsed = devices.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new HeadroomError('input', `--device must be one of ${devices.options.join(', ')}, got ${name}.`);
}
