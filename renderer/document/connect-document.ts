import { call, listen, messageOf } from '../api/client.ts';
import { registerCommand } from '../commands.ts';
import { documentTitle, useDocument } from '../stores/document.ts';
import { isModified, useGraph } from '../stores/graph.ts';
import { connectProblems } from '../stores/problems.ts';
import { toast } from '../ui/toast.ts';
import { forgetDraft } from './draft.ts';
import { connectEstimates } from './estimate-document.ts';
import { mayDiscard } from './may-discard.ts';
import { newDocument, openDocument } from './open-document.ts';
import { runDocument } from './run-document.ts';
import { saveDocument, saveDocumentAs } from './save-document.ts';
import { startDocument } from './start-document.ts';

/** Brings the document to life: its commands, what main asks of it, the window's title. Answers a function that ends it. */
export function connectDocument(): () => void {
  const stops = [
    registerCommand('new', newDocument),
    registerCommand('open', () => openDocument(null)),
    registerCommand('save', saveDocument),
    registerCommand('save-as', saveDocumentAs),
    registerCommand('run', runDocument),
    registerCommand('open-file', ({ path }) => openDocument(path)),
    listen('open-request', ({ path }) => void openDocument(path)),
    listen('close-request', () => void closeWindow()),
    connectProblems(),
    connectEstimates(),
    connectTitle(),
    startDocument(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

async function closeWindow(): Promise<void> {
  if (!(await mayDiscard())) return;
  forgetDraft();
  await call('window:close');
}

/** Tells main what the window shows, when that changes. */
function connectTitle(): () => void {
  let told = '';
  function tell() {
    const { path, opened } = useDocument.getState();
    if (opened === 0) return;
    const document = { title: documentTitle(), path, modified: isModified(useGraph.getState()) };
    const now = JSON.stringify(document);
    if (now === told) return;
    told = now;
    call('window:document', document).catch((thrown: unknown) => toast('warning', messageOf(thrown), { id: 'title' }));
  }
  const stops = [useGraph.subscribe(tell), useDocument.subscribe(tell)];
  tell();
  return () => {
    for (const stop of stops) stop();
  };
}
