import { temporal } from 'zundo';
import { create } from 'zustand';
import { immer } from 'zustand/middleware/immer';
import { emptyDocument, type GraphDocument } from '../graph/document.ts';

/** Steps that can be undone. They share what they have in common, so they are cheap. */
const HISTORY_LIMIT = 500;

interface GraphState extends GraphDocument {
  /** The document as it was last saved or opened. */
  saved: GraphDocument;
}

/**
 * The open document and nothing else. Selection, measured sizes and places during a drag are the canvas's own
 * (`editor/canvas-store.ts`), so every change here is one that the person made, and all of them can be undone.
 */
export const useGraph = create<GraphState>()(
  temporal(
    immer(() => ({ ...emptyDocument, saved: emptyDocument })),
    { partialize: documentOf, equality: isSame, limit: HISTORY_LIMIT },
  ),
);

/** The step that further edits of its name still belong to. */
let openStep: string | null = null;

/**
 * Changes the document in one undo step. Edits in a row that name the same `step`, such as the letters typed into one field,
 * are one step together until `closeStep` or another edit ends it.
 */
export function edit(recipe: (draft: GraphDocument) => void, step: string | null = null): void {
  const { pause, resume } = useGraph.temporal.getState();
  const continues = step !== null && step === openStep;
  const before = useGraph.getState();
  if (continues) pause();
  useGraph.setState(recipe);
  if (continues) resume();
  if (!isSame(before, useGraph.getState())) openStep = step;
}

/** Ends the step that edits were gathered in: the person left the field. */
export function closeStep(): void {
  openStep = null;
}

export function undo(): void {
  closeStep();
  useGraph.temporal.getState().undo();
}

export function redo(): void {
  closeStep();
  useGraph.temporal.getState().redo();
}

/** Puts another document in the place of this one, with an empty history. */
export function replaceDocument(document: GraphDocument, saved: GraphDocument = document): void {
  closeStep();
  const { pause, resume, clear } = useGraph.temporal.getState();
  pause();
  useGraph.setState({ ...documentOf(document), saved });
  clear();
  resume();
}

/** Notes that this state of the document, which may be older than the present one, is on disk now. */
export function markSaved(saved: GraphDocument): void {
  useGraph.setState({ saved: documentOf(saved) });
}

export function documentOf({ name, nodes, edges }: GraphDocument): GraphDocument {
  return { name, nodes, edges };
}

/** Whether there are changes that are not on disk. Undoing them all makes this false again. */
export function isModified(state: GraphState): boolean {
  return !isSame(state, state.saved);
}

/** Documents are never changed in place, so equal parts are the same objects. */
function isSame(a: GraphDocument, b: GraphDocument): boolean {
  return a.nodes === b.nodes && a.edges === b.edges && a.name === b.name;
}
