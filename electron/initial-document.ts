import { asHeadroomError } from '../engine/contract/errors.ts';
import type { Workflow } from '../engine/contract/workflow.ts';
import type { OpenedWorkflow } from './ipc/contract.ts';
import type { Notices } from './ipc/window-events.ts';
import type { WorkflowFiles } from './workflow-files.ts';

const EMPTY: Workflow = { format: 'headroom-workflow', version: 1, nodes: {}, edges: [] };

/**
 * The document that a page starts with: the one that was asked for, else the default one. One that cannot be opened is told
 * and passed over.
 */
export async function initialDocument(
  files: WorkflowFiles,
  asked: string | null,
  defaultWorkflow: string,
  notices: Notices,
): Promise<OpenedWorkflow> {
  const read = async (path: string) =>
    files.read(path).catch((error) => {
      notices.tell('error', asHeadroomError(error).message);
      return null;
    });
  const opened = asked === null ? null : await read(asked);
  if (opened) return opened;
  // A new document from the default: saving it asks where, and never writes to what was shipped.
  return { path: null, workflow: (await read(defaultWorkflow))?.workflow ?? EMPTY };
}
