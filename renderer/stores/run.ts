import { create } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { EventPayload, ShownImage } from '../../electron/ipc/contract.ts';
import type { EngineError, Phase } from '../../engine/contract/events.ts';

/** What the latest run did at one node. */
export interface NodeRun {
  state: 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'cancelled';
  phase: Phase | null;
  /** 0 … 1 of the node's work, or null before it told. */
  fraction: number | null;
  /** Words such as "step 7 of 20". */
  detail: string | null;
  /** Blob URL of the newest picture of the latents on their way; gone once the node has pictures. */
  previewUrl: string | null;
  images: ShownImage[];
  error: EngineError | null;
  /** What was done to get by with the memory there is, in words; each once, however often a table's rows did it. */
  recoveries: string[];
  /** Warnings that were given, in words. */
  notes: string[];
  seconds: number | null;
}

interface RunState {
  /** The job that all of this is about: the latest one that started. */
  jobId: string | null;
  state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Whether it was queued from the document that is open; the nodes of another one are not told of. */
  isOwn: boolean;
  /** The node at work, how far it is (null while it does not tell) and its words. */
  current: { nodeId: string; fraction: number | null; detail: string | null } | null;
  nodes: Record<string, NodeRun>;
}

const idle: RunState = { jobId: null, state: 'idle', isOwn: true, current: null, nodes: {} };

export const useRun = create<RunState>()(() => idle);

/**
 * When the open document was opened; jobs that are older were queued from another one. null before there is a document: the
 * first one is mostly that which was open when Headroom ended, so what is left in the queue is taken for its own.
 */
let openedAt: number | null = null;

/** What the latest run did at a node; undefined where it has no part in it. Renders again for this node only. */
export function useNodeRun(nodeId: string): NodeRun | undefined {
  return useRun((state) => state.nodes[nodeId]);
}

/** What the latest run does now. */
export function useRunSummary() {
  return useRun(useShallow(({ jobId, isOwn, current }) => ({ jobId, isOwn, ...(current ?? nowhere) })));
}

const nowhere = { nodeId: null, fraction: null, detail: null };

/** Another document is open: it has nothing to do with the last one's nodes. A run that goes on is still told of as a whole. */
export function clearRun(): void {
  const { nodes, state } = useRun.getState();
  releasePreviews(nodes);
  openedAt = openedAt === null ? 0 : Date.now();
  useRun.setState(state === 'running' ? { nodes: {}, isOwn: false } : idle);
}

/** Forgets everything, as when the window has just opened. */
export function resetRun(): void {
  releasePreviews(useRun.getState().nodes);
  openedAt = null;
  useRun.setState(idle);
}

/**
 * Takes in what main relays of a run. Events of any run but the latest are not looked at.
 *
 * @param queuedAt when its job was queued, in milliseconds since the epoch, if that is known
 */
export function applyRunEvent({ jobId, event, image }: EventPayload<'run:event'>, queuedAt?: number): void {
  if (event.type === 'start') begin(jobId, event.nodes, queuedAt);
  // A page that was loaded while a run was on its way joins it where it is.
  else if (useRun.getState().jobId === null) begin(jobId, [], queuedAt);
  const run = useRun.getState();
  if (jobId !== run.jobId) return;
  switch (event.type) {
    case 'start':
    case 'memory':
      return;
    case 'node':
      if (event.state === 'running') setCurrent({ nodeId: event.nodeId, fraction: null, detail: null });
      if (event.state !== 'running') setPreview(event.nodeId, null);
      updateNode(event.nodeId, {
        state: event.state,
        seconds: event.seconds ?? null,
        ...(event.state === 'running' ? { fraction: null, detail: null } : {}),
        ...(event.state === 'done' || event.state === 'cached' ? { fraction: 1, detail: null } : {}),
      });
      return;
    case 'progress': {
      const { nodeId, phase, fraction, detail } = event;
      setCurrent({ nodeId, fraction, detail });
      updateNode(nodeId, { phase, fraction, detail });
      return;
    }
    case 'preview':
      if (run.isOwn) setPreview(event.nodeId, jpegUrl(event.jpeg));
      return;
    case 'image':
      if (image) updateNode(image.nodeId, { images: [...(run.nodes[image.nodeId]?.images ?? []), image] });
      return;
    case 'error':
      if (event.error.place.nodeId) updateNode(event.error.place.nodeId, { state: 'failed', error: event.error });
      return;
    case 'recovery':
      if (event.nodeId) addWords(event.nodeId, 'recoveries', event.message);
      return;
    case 'warning':
      if (event.place.nodeId) addWords(event.place.nodeId, 'notes', event.message);
      return;
    case 'done':
      finish(event.state);
      return;
  }
}

/** The engine was lost or the job went away without a last word: nothing works any more. */
export function endRun(jobId: string, state: 'failed' | 'cancelled'): void {
  const run = useRun.getState();
  if (run.jobId === jobId && run.state === 'running') finish(state);
}

const waiting: NodeRun = {
  state: 'waiting',
  phase: null,
  fraction: null,
  detail: null,
  previewUrl: null,
  images: [],
  error: null,
  recoveries: [],
  notes: [],
  seconds: null,
};

function begin(jobId: string, nodeIds: readonly string[], queuedAt = Date.now()): void {
  releasePreviews(useRun.getState().nodes);
  const isOwn = queuedAt >= (openedAt ?? 0);
  const nodes = isOwn ? Object.fromEntries(nodeIds.map((id) => [id, waiting])) : {};
  useRun.setState({ jobId, state: 'running', isOwn, current: null, nodes });
}

function setCurrent(current: RunState['current']): void {
  useRun.setState({ current });
}

function updateNode(nodeId: string, change: Partial<NodeRun>): void {
  useRun.setState(({ nodes, isOwn }) =>
    isOwn ? { nodes: { ...nodes, [nodeId]: { ...(nodes[nodeId] ?? waiting), ...change } } } : {},
  );
}

function addWords(nodeId: string, list: 'recoveries' | 'notes', message: string): void {
  const known = useRun.getState().nodes[nodeId]?.[list] ?? [];
  if (!known.includes(message)) updateNode(nodeId, { [list]: [...known, message] });
}

/** What was still at work when the run ended did not get done. */
function finish(state: 'done' | 'failed' | 'cancelled'): void {
  const { nodes } = useRun.getState();
  releasePreviews(nodes);
  const settled = Object.entries(nodes).map(([id, node]): [string, NodeRun] => {
    const open = node.state === 'running' || node.state === 'waiting';
    return [id, { ...node, previewUrl: null, detail: null, state: open ? 'cancelled' : node.state }];
  });
  useRun.setState({ state, current: null, nodes: Object.fromEntries(settled) });
}

function jpegUrl(jpeg: Uint8Array): string {
  return URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' }));
}

/** A blob lives as long as its URL: each one is given back when another takes its place. */
function setPreview(nodeId: string, previewUrl: string | null): void {
  const old = useRun.getState().nodes[nodeId]?.previewUrl ?? null;
  if (old === previewUrl) return;
  updateNode(nodeId, { previewUrl });
  if (old !== null) URL.revokeObjectURL(old);
}

function releasePreviews(nodes: Record<string, NodeRun>): void {
  for (const { previewUrl } of Object.values(nodes)) if (previewUrl) URL.revokeObjectURL(previewUrl);
}
