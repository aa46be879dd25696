import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import { withImagePaths } from '../contract/image-paths.ts';
import { readWorkflowText } from '../contract/migrations.ts';
import { type EngineOptions, zEngineOptions } from '../contract/protocol.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { Engine, EngineHooks } from '../host/engine.ts';
import { openEngine } from '../host/open.ts';
import { SHARED_OPTIONS } from './arguments.ts';
import { fileProblem } from './file-problem.ts';
import { memoryLimit } from './memory-limit.ts';
import { modelFolders, tokenizersFolder } from './resources.ts';
import { setInputs } from './set-inputs.ts';
import { stateFolder } from './state-folder.ts';

/** What every command takes that is about a workflow. */
export const WORKFLOW_OPTIONS = {
  ...SHARED_OPTIONS,
  set: { type: 'string', multiple: true, default: [] as string[] },
  out: { type: 'string', default: 'pictures' },
  device: { type: 'string', default: 'auto' },
  'vram-limit': { type: 'string' },
} as const;

export interface WorkflowValues {
  models: string[];
  set: string[];
  out: string;
  device: string;
  'vram-limit'?: string | undefined;
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
  const results = resolve(values.out);
  const engine = await openEngine(
    {
      modelFolders: modelFolders(values.models),
      tokenizersFolder: tokenizersFolder(),
      resultsFolder: results,
      previewFolder: join(results, 'previews'),
      device: deviceName(values.device),
      memoryLimitBytes: memoryLimit(values['vram-limit']),
      stateFolder: stateFolder(),
    },
    hooks,
  );
  // Which device it is, and how large, the engine finds out.
  memoryLimit(values['vram-limit'], engine.memorySettings().deviceBytes);
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

function deviceName(name: string): EngineOptions['device'] {
  const devices = zEngineOptions.shape.device;
  const parsed = devices.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new HeadroomError('input', `--device must be one of ${devices.options.join(', ')}, got ${name}.`);
}
