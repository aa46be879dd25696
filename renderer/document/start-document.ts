import { call, messageOf } from '../api/client.ts';
import { noteOpened, setFailure, useDocument } from '../stores/document.ts';
import { useEngine } from '../stores/engine.ts';
import { replaceDocument, useGraph } from '../stores/graph.ts';
import { toast } from '../ui/toast.ts';
import { connectDraft, leftDraft } from './draft.ts';
import { openDocument, showDocument } from './open-document.ts';

/**
 * Opens the first document once the node types are known, which its layout needs: what was left unsaved, else what main has.
 * Keeps drafts from then on. Answers a function that ends it.
 */
export function startDocument(): () => void {
  let stopDraft: (() => void) | undefined;
  let ended = false;

  async function start() {
    const isFirst = useDocument.getState().opened === 0;
    if (isFirst) await openFirst();
    if (!ended) stopDraft = connectDraft();
  }

  const stopWaiting = whenNodeTypesAreKnown(() => void start());
  return () => {
    ended = true;
    stopWaiting();
    stopDraft?.();
  };
}

async function openFirst(): Promise<void> {
  const draft = leftDraft();
  const asked = await call('workflow:initial').catch((thrown: unknown) => {
    setFailure({ title: 'The workflow could not be opened', message: messageOf(thrown) });
    return null;
  });
  if (useDocument.getState().opened > 0) return;
  if (!draft) {
    if (asked) showDocument(asked);
    else noteOpened(null);
    return;
  }
  showDocument(draft);
  // As it came back it is not on disk.
  replaceDocument(useGraph.getState(), { name: undefined, nodes: {}, edges: [] });
  toast('info', 'Your unsaved changes are back', { id: 'draft' });
  const isAnother = asked !== null && asked.path !== null && asked.path !== draft.path;
  if (isAnother) await openDocument(asked.path);
}

function whenNodeTypesAreKnown(action: () => void): () => void {
  const areKnown = () => useEngine.getState().nodes.length > 0;
  if (areKnown()) {
    action();
    return () => {};
  }
  const stop = useEngine.subscribe(() => {
    if (!areKnown()) return;
    stop();
    action();
  });
  return stop;
}
