import { create } from 'zustand';
import { fileName } from '../format.ts';
import { useGraph } from './graph.ts';

interface DocumentState {
  /** The file that the document is saved to; null for one that has none yet. */
  path: string | null;
  /** How many documents were opened so far: another number, another document. 0 while the first is not there yet. */
  opened: number;
  /** What could not be opened or saved, and why; shown until the person has read it. */
  failure: { title: string; message: string } | null;
}

/** Where the document comes from and goes to. What is in it is in `stores/graph.ts`. */
export const useDocument = create<DocumentState>()(() => ({ path: null, opened: 0, failure: null }));

export function setDocumentPath(path: string | null): void {
  useDocument.setState({ path });
}

/** Another document has taken the place of the one before. */
export function noteOpened(path: string | null): void {
  useDocument.setState(({ opened }) => ({ path, opened: opened + 1 }));
}

export function setFailure(failure: DocumentState['failure']): void {
  useDocument.setState({ failure });
}

/** What the document is called: its file's name, or its own. */
export function documentTitle(): string {
  const { path } = useDocument.getState();
  return path === null ? (useGraph.getState().name ?? 'Untitled') : fileName(path).replace(/\.json$/i, '');
}
