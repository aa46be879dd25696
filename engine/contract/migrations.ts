import { z } from 'zod';
import { type ErrorPlace, HeadroomError } from './errors.ts';
import { WORKFLOW_VERSION, type Workflow, zWorkflow } from './workflow.ts';

/** From a document of the version that is its key to one of the next; pure, and never changed once released. */
export type MigrationChain = Readonly<Record<number, (document: Record<string, unknown>) => Record<string, unknown>>>;

const MIGRATIONS: MigrationChain = {};

const zEnvelope = z.looseObject({ format: z.literal('headroom-workflow'), version: z.int().min(1) });

/**
 * A workflow document from what a file holds: parsed, migrated to the current version and checked in shape. Whether its
 * nodes exist and fit together is for `engine/workflow/validate.ts`.
 *
 * @throws HeadroomError `input`, naming the place in the document by its path
 */
export function readWorkflow(json: unknown): Workflow {
  const parsed = zWorkflow.safeParse(migrate(json, MIGRATIONS, WORKFLOW_VERSION));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const place: ErrorPlace = first?.path[0] === 'nodes' && first.path[1] ? { nodeId: String(first.path[1]) } : {};
  throw new HeadroomError('input', `This workflow is not valid: ${problems(parsed.error)}`, { place });
}

/**
 * `readWorkflow` of a file's text.
 *
 * @throws HeadroomError `input` also for text that is not JSON
 */
export function readWorkflowText(text: string): Workflow {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('input', `This is not a workflow: it is not valid JSON (${reason}).`, { cause });
  }
  return readWorkflow(json);
}

/**
 * The document in the shape of version `current`. Only its format and version are looked at; each step of the chain sees
 * the shape that it knows.
 *
 * @throws HeadroomError `input` for something else than a workflow, and for a version newer than `current`
 */
export function migrate(json: unknown, chain: MigrationChain, current: number): Record<string, unknown> {
  const envelope = zEnvelope.safeParse(json);
  if (!envelope.success) {
    throw new HeadroomError('input', `This is not a workflow of Headroom: ${problems(envelope.error)}`);
  }
  const { version } = envelope.data;
  if (version > current) {
    throw new HeadroomError(
      'input',
      `This workflow has version ${version}, made by a newer Headroom; this one reads versions up to ${current}. Update Headroom to open it.`,
    );
  }
  let document: Record<string, unknown> = structuredClone(envelope.data);
  for (let step = version; step < current; step += 1) {
    const next = chain[step];
    if (!next) throw new HeadroomError('internal', `There is no migration from workflow version ${step}.`);
    document = { ...next(document), version: step + 1 };
  }
  return document;
}

const SHOWN_PROBLEMS = 5;

/** Zod's issues as "path: what is wrong", a few of them. */
function problems(error: z.ZodError): string {
  const texts = error.issues.slice(0, SHOWN_PROBLEMS).map((issue) => `${pathInWords(issue.path)}: ${issue.message}`);
  const more = error.issues.length - texts.length;
  return texts.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Such as `edges[0].from.node`. */
function pathInWords(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the document';
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
