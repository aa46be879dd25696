import type { Dialogs } from '../../dialogs.ts';
import type { ImageFiles } from '../../image-files.ts';
import type { TableFiles } from '../../table-files.ts';
import type { WorkflowFiles } from '../../workflow-files.ts';
import type { CallHandlers } from '../answer.ts';
import type { CallParameter, OpenedWorkflow } from '../contract.ts';

interface Needs {
  files: WorkflowFiles;
  images: ImageFiles;
  tables: TableFiles;
  dialogs: Dialogs;
  /** The document that a page starts with. */
  initial: () => Promise<OpenedWorkflow>;
  /** The page said what it edits. */
  onDocument: (document: CallParameter<'window:document'>) => void;
  /** The person is asked something on behalf of the page. */
  decide: <T>(decision: Promise<T>) => Promise<T>;
  closeWindow: () => void;
}

export function documentCalls({ files, images, tables, dialogs, initial, onDocument, decide, closeWindow }: Needs) {
  return {
    'workflow:initial': initial,
    'workflow:open': ({ path }) => files.open(path),
    'workflow:save': ({ path, workflow }) => decide(files.save(path, workflow)),
    'workflow:from-picture': ({ bytes }) => files.fromPicture(bytes),
    'image:choose': () => decide(dialogs.chooseImage()),
    'image:show': ({ path }) => images.show(path),
    'table:open': () => decide(tables.open()),
    'table:save': ({ suggestion, text }) => decide(tables.save(suggestion, text)),
    'window:document': onDocument,
    'window:confirm-discard': ({ title }) => decide(dialogs.confirmDiscard(title)),
    'window:close': closeWindow,
  } satisfies Partial<CallHandlers>;
}
