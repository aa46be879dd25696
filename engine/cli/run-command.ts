import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { ErrorCode } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import { parseCommand } from './arguments.ts';
import { EXIT_DONE, exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { onlyWorkflow, openWorkflow, WORKFLOW_OPTIONS, type WorkflowValues } from './open-workflow.ts';
import { jsonReporter, personReporter, type Reporter } from './reporters.ts';

/** `headroom run`: answers the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand('run', args, WORKFLOW_OPTIONS);
  const reporter = values.json ? jsonReporter() : personReporter();
  try {
    return await run(onlyWorkflow('run', positionals), values, reporter);
  } catch (thrown) {
    // What is wrong before the run begins is told like what goes wrong in it, so that a program reads one kind of output.
    return values.json ? reporter.failedToStart(thrown) : Promise.reject(thrown);
  }
}

async function run(path: string, values: WorkflowValues, reporter: Reporter): Promise<number> {
  const { engine, workflow } = await openWorkflow(path, values, {
    onLease: () => {},
    onMemory: (memory) => reporter.event({ type: 'memory', memory }),
    onLog: reporter.log,
  });
  reporter.begin(workflow.name ?? basename(path), engine.describe().device);

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
