import type { FileOutcome, OpenedWorkflow } from '../../electron/ipc/contract.ts';
import { call, messageOf } from '../api/client.ts';
import { fileName, formatCount } from '../format.ts';
import { emptyDocument, fromWorkflow } from '../graph/document.ts';
import { noteOpened, setFailure } from '../stores/document.ts';
import { replaceDocument } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { clearProblems } from '../stores/problems.ts';
import { clearRun } from '../stores/run.ts';
import { toast } from '../ui/toast.ts';
import { mayDiscard } from './may-discard.ts';

/** Opens a file, or with null the one that the person chooses. What cannot be opened replaces nothing. */
export async function openDocument(path: string | null): Promise<void> {
  const named = path === null ? 'The workflow' : `“${fileName(path)}”`;
  await openFrom(named, call('workflow:open', { path }));
}

/** Opens the document inside a picture that Headroom made. */
export async function openPicture(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await openFrom('The picture', call('workflow:from-picture', { bytes }));
}

/** An empty document. */
export async function newDocument(): Promise<void> {
  if (!(await mayDiscard())) return;
  replaceDocument(emptyDocument);
  startWith(null);
}

async function openFrom(what: string, reading: Promise<FileOutcome<OpenedWorkflow>>): Promise<void> {
  try {
    const result = await reading;
    if (result.outcome === 'failed') throw new Error(result.message);
    // The question is put only now: there is nothing to lose before there is something to open.
    if (result.outcome === 'done' && (await mayDiscard())) showDocument(result.value);
  } catch (thrown) {
    setFailure({ title: `${what} could not be opened`, message: messageOf(thrown) });
  }
}

/** Puts a document that was read in the place of the one before. */
export function showDocument({ path, workflow }: OpenedWorkflow): void {
  const { document, dangling } = fromWorkflow(workflow, describeNode);
  // What had to be left out makes it differ from its file.
  replaceDocument(document, dangling.length > 0 ? { ...document, edges: workflow.edges } : document);
  startWith(path);
  if (dangling.length > 0) {
    const ends = dangling.map(({ from, to }) => `${from.node}.${from.port} → ${to.node}.${to.port}`);
    toast('warning', `${formatCount(dangling.length, 'connection')} left out: an end does not exist`, {
      detail: ends.join(', '),
    });
  }
}

function startWith(path: string | null): void {
  clearRun();
  clearProblems();
  noteOpened(path);
}
