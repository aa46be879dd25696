import { call, messageOf } from '../api/client.ts';
import { documentTitle, setFailure } from '../stores/document.ts';
import { isModified, useGraph } from '../stores/graph.ts';
import { leaveField } from './leave-field.ts';
import { saveDocument } from './save-document.ts';

/** Whether the document may go: it has no unsaved changes, or the person saved or gave them up. */
export async function mayDiscard(): Promise<boolean> {
  leaveField();
  if (!isModified(useGraph.getState())) return true;
  try {
    const answer = await call('window:confirm-discard', { title: documentTitle() });
    return answer === 'save' ? await saveDocument() : answer === 'discard';
  } catch (thrown) {
    setFailure({ title: 'Unsaved changes were kept', message: messageOf(thrown) });
    return false;
  }
}
