import { call, messageOf } from '../api/client.ts';
import { toWorkflow } from '../graph/document.ts';
import { useDocument } from '../stores/document.ts';
import { addLog, useEngine } from '../stores/engine.ts';
import { setEstimate } from '../stores/estimate.ts';
import { useGraph } from '../stores/graph.ts';
import { useModels } from '../stores/models.ts';
import { useMonitor } from '../stores/monitor.ts';

/** After the last change: figures that follow every letter would only flicker. */
const PAUSE_MS = 400;

/** Part of the memory that comes or goes before the same document is estimated again. */
const NOTICED_PART = 1 / 20;

/** What an answer was for. */
interface Question {
  /** The engine, what it has learned, and what counts of the document. */
  what: string;
  library: object;
  freeBytes: number;
}

/**
 * Has the document estimated whenever it, the engine, the models or the free memory have changed, until the returned function
 * is called. An engine that works is left alone, and the last estimate stays: it is asked when it is free again.
 */
export function connectEstimates(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let asked: Question | null = null;

  async function ask() {
    timer = undefined;
    const { status, memory } = useEngine.getState();
    const document = useGraph.getState();
    const { opened } = useDocument.getState();
    if (isAsking || status.state !== 'ready') return;
    const what = JSON.stringify([status.pid, memory?.learnedAt, opened, ...whatCounts(document)]);
    const now = { what, library: useModels.getState().library, freeBytes: memoryNow().freeBytes };
    if (asked && asked.what === what && asked.library === now.library && !hasMoved(asked)) return;
    asked = now;
    isAsking = true;
    try {
      const estimate = await call('engine:estimate', { workflow: toWorkflow(document) });
      if (useDocument.getState().opened === opened) setEstimate(estimate);
    } catch (thrown) {
      // The engine was lost meanwhile, which is told elsewhere; the next one is asked again.
      addLog([{ time: Date.now(), level: 'warning', message: `No estimate: ${messageOf(thrown)}` }]);
    }
    isAsking = false;
    askSoon();
  }
  function askSoon() {
    timer ??= setTimeout(() => void ask(), PAUSE_MS);
  }
  function askWhenStill() {
    clearTimeout(timer);
    timer = undefined;
    askSoon();
  }

  const stops = [
    useGraph.subscribe((now, before) => {
      if (now.nodes !== before.nodes || now.edges !== before.edges) askWhenStill();
    }),
    useDocument.subscribe((now, before) => {
      if (now.opened === before.opened) return;
      setEstimate(null);
      askSoon();
    }),
    useEngine.subscribe((now, before) => {
      if (now.status !== before.status) askSoon();
    }),
    useModels.subscribe(askSoon),
    useMonitor.subscribe(() => {
      if (asked && hasMoved(asked)) askSoon();
    }),
  ];
  askSoon();
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

/** The parts of a document that its needs may depend on: not where nodes stand and what people call them. */
function whatCounts({ nodes, edges }: ReturnType<typeof useGraph.getState>): unknown[] {
  return [Object.entries(nodes).map(([id, { type, inputs }]) => [id, type, inputs]), edges];
}

function hasMoved(asked: Question): boolean {
  const { freeBytes, totalBytes } = memoryNow();
  return Math.abs(asked.freeBytes - freeBytes) > totalBytes * NOTICED_PART;
}

/** Of the memory that the engine works in. */
function memoryNow(): { freeBytes: number; totalBytes: number } {
  const { latest } = useMonitor.getState();
  const isOnGpu = useEngine.getState().memory?.where !== 'system';
  if (latest?.gpu && isOnGpu) return latest.gpu;
  const { totalBytes, usedBytes } = latest?.system ?? { totalBytes: 0, usedBytes: 0 };
  return { totalBytes, freeBytes: totalBytes - usedBytes };
}
