import { act, screen, within } from '@testing-library/react';
import { vi } from 'vitest';
import type { Workflow } from '../../engine/contract/workflow.ts';
import { select, useCanvas } from '../editor/canvas-store.ts';
import { EditorPane } from '../editor/EditorPane.tsx';
import { useInteraction } from '../editor/interaction-store.ts';
import { emptyDocument } from '../graph/document.ts';
import { useDocument } from '../stores/document.ts';
import { setNodeDescriptors } from '../stores/engine.ts';
import { replaceDocument, useGraph } from '../stores/graph.ts';
import { clearProblems } from '../stores/problems.ts';
import { exampleNodes, exampleWorkflow } from './example-nodes.ts';
import { type FakeApp, installFakeApp } from './fake-app.ts';
import { renderInWindow, resetWindow } from './render.tsx';

/** Draws the whole editor with a document in it, over a fake of main. */
export async function openEditor(workflow: Workflow = exampleWorkflow(), prepare: (app: FakeApp) => void = () => {}) {
  const app = installFakeApp()
    .answer('workflow:initial', () => ({ path: null, workflow }))
    .answer('window:document', () => {});
  prepare(app);
  measureEverything();
  setNodeDescriptors(exampleNodes);
  const { user } = renderInWindow(<EditorPane />);
  await vi.waitFor(() => {
    if (useDocument.getState().opened === 0) throw new Error('no document was opened');
  });
  await screen.findByRole('application');
  return { app, user };
}

/**
 * The test's page has no layout: without sizes, React Flow keeps its nodes hidden for ever, and in too small a pane it leaves
 * those out that are not in sight.
 */
function measureEverything(): void {
  const isPane = ({ classList }: HTMLElement) =>
    classList.contains('react-flow') || classList.contains('react-flow__renderer');
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockImplementation(function (this: HTMLElement) {
    return isPane(this) ? 4000 : 300;
  });
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return isPane(this) ? 4000 : 200;
  });
  vi.stubGlobal(
    'ResizeObserver',
    class implements ResizeObserver {
      private readonly told: ResizeObserverCallback;
      constructor(told: ResizeObserverCallback) {
        this.told = told;
      }
      observe(target: Element) {
        const entry = { target, contentRect: target.getBoundingClientRect() } as ResizeObserverEntry;
        queueMicrotask(() => this.told([entry], this));
      }
      unobserve() {}
      disconnect() {}
    },
  );
}

/** For `afterEach`: `resetWindow`, and the editor's own stores as they were at the start. */
export function resetEditor(): void {
  resetWindow();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  replaceDocument(emptyDocument);
  clearProblems();
  for (const store of [useDocument, useInteraction, useCanvas] as const) {
    (store as typeof useDocument).setState(store.getInitialState() as ReturnType<typeof useDocument.getState>, true);
  }
}

/** A node's card, by the node's id. */
export function card(nodeId: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(`[data-node-id="${nodeId}"]`);
  if (!element) throw new Error(`there is no card of ${nodeId}`);
  return element;
}

export const inCard = (nodeId: string) => within(card(nodeId));

export function selectNodes(...ids: string[]): void {
  act(() => select({ nodes: new Set(ids) }));
}

export const currentDocument = () => useGraph.getState();
