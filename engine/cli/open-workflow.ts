import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import { withImagePaths } from '../contract/image-paths.ts';
import { readWorkflowText } from '../contract/migrations.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { Engine, EngineHooks } from '../host/engine.ts';
import { ENGINE_OPTIONS } from './arguments.ts';
import { fileProblem } from './file-problem.ts';
import { type EngineValues, openEngineFor } from './open-engine.ts';
import { setInputs } from './set-inputs.ts';

/** What every command takes that is about a workflow. */
export const WORKFLOW_OPTIONS = {
  ...ENGINE_OPTIONS,
  set: { type: 'string', multiple: true, default: [] as string[] },
  // `estimate` takes it as well: whoever asks first and runs then changes one word.
  out: { type: 'string', default: 'pictures' },
} as const;

export interface WorkflowValues extends EngineValues {
  set: string[];
  out: string;
}

/**
 * The document of a file with `--set` applied, and an engine for it.
 *
 * @throws HeadroomError `input` or `file`
 */
export async function openWorkflow(
  path: string,
  values: WorkflowValues,
  hooks: EngineHooks,
): Promise<{ engine: Engine; workflow: Workflow }> {
  const document = readDocument(path);
  const engine = await openEngineFor(values, values.out, hooks);
  return { engine, workflow: setInputs(document, values.set, engine.describe().nodes) };
}

/** The one file that a command is for. @throws HeadroomError `input` */
export function onlyWorkflow(command: string, positionals: readonly string[]): string {
  const [path, ...others] = positionals;
  if (path !== undefined && others.length === 0) return path;
  const problem =
    path === undefined ? 'Which workflow? Give its file' : `One workflow at a time, not also ${others[0]}`;
  throw new HeadroomError('input', `${problem}: headroom ${command} WORKFLOW.json. See headroom ${command} --help.`);
}

function readDocument(path: string): Workflow {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HeadroomError('input', `The workflow ${fileProblem(path, cause)}`, { cause });
  }
  try {
    return withImagePaths(readWorkflowText(text), (image) => resolve(dirname(path), image));
  } catch (thrown) {
    if (!(thrown instanceof HeadroomError)) throw thrown;
    throw new HeadroomError(thrown.code, `${path}: ${thrown.message}`, { cause: thrown, place: thrown.place });
  }
}
