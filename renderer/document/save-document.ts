import { call, messageOf } from '../api/client.ts';
import { fileName } from '../format.ts';
import { toWorkflow } from '../graph/document.ts';
import { documentTitle, setDocumentPath, setFailure, useDocument } from '../stores/document.ts';
import { documentOf, markSaved, useGraph } from '../stores/graph.ts';
import { toast } from '../ui/toast.ts';
import { leaveField } from './leave-field.ts';

/** Saves to the document's file, or asks where if it has none. Answers whether it is on disk now. */
export async function saveDocument(): Promise<boolean> {
  return await saveTo(useDocument.getState().path);
}

/** Asks where, and goes on with that file. */
export async function saveDocumentAs(): Promise<boolean> {
  return await saveTo(null);
}

async function saveTo(path: string | null): Promise<boolean> {
  leaveField();
  // The person may go on editing while the file is written: what is on disk then is this state, not a later one.
  const document = documentOf(useGraph.getState());
  const { opened } = useDocument.getState();
  try {
    const result = await call('workflow:save', { path, workflow: toWorkflow(document) });
    if (result.outcome === 'failed') throw new Error(result.message);
    if (result.outcome === 'cancelled') return false;
    if (opened === useDocument.getState().opened) {
      setDocumentPath(result.value.path);
      markSaved(document);
    }
    toast('success', `Saved “${fileName(result.value.path)}”`, { id: 'saved' });
    return true;
  } catch (thrown) {
    setFailure({ title: `“${documentTitle()}” could not be saved`, message: messageOf(thrown) });
    return false;
  }
}
