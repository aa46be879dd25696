import { z } from 'zod';
import type { OpenedWorkflow } from '../../electron/ipc/contract.ts';
import { readWorkflow } from '../../engine/contract/migrations.ts';
import { toWorkflow } from '../graph/document.ts';
import { useDocument } from '../stores/document.ts';
import { isModified, useGraph } from '../stores/graph.ts';

const KEY = 'headroom-draft';

/** Soon enough that a crash costs no more than the last words. */
const DELAY_MS = 500;

const zDraft = z.object({ path: z.string().nullable(), workflow: z.unknown() });

/** Unsaved changes that an earlier page left behind when it crashed or was closed from outside; null where there are none. */
export function leftDraft(): OpenedWorkflow | null {
  try {
    const { path, workflow } = zDraft.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
    return { path, workflow: readWorkflow(workflow) };
  } catch {
    // None, or one that an older version left in another shape: there is nobody to ask about it.
    return null;
  }
}

export function forgetDraft(): void {
  localStorage.removeItem(KEY);
}

/** Keeps unsaved changes in the page's own storage while there are any, until the returned function is called. */
export function connectDraft(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  function keep() {
    clearTimeout(timer);
    timer = undefined;
    const document = useGraph.getState();
    if (!isModified(document)) forgetDraft();
    else storeDraft({ path: useDocument.getState().path, workflow: toWorkflow(document) });
  }
  function keepSoon() {
    timer ??= setTimeout(keep, DELAY_MS);
  }
  function keepNow() {
    if (timer !== undefined) keep();
  }

  const stops = [useGraph.subscribe(keepSoon), useDocument.subscribe(keepSoon)];
  window.addEventListener('pagehide', keepNow);
  return () => {
    clearTimeout(timer);
    window.removeEventListener('pagehide', keepNow);
    for (const stop of stops) stop();
  };
}

function storeDraft(draft: OpenedWorkflow): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Larger than a page may keep (some five million letters): then only saving helps, and the title says "modified".
  }
}
