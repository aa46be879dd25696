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
  /** Memory rungs that were taken and warnings that were given, in words. */
  notes: string[];
  seconds: number | null;
}

interface RunState {
  /** The job that the state below belongs to; the latest one that started. */
  jobId: string | null;
  state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  startedAt: number | null;
  /** The node that works now, or worked last. */
  currentNode: string | null;
  nodes: Record<string, NodeRun>;
}

const idle: RunState = { jobId: null, state: 'idle', startedAt: null, currentNode: null, nodes: {} };

export const useRun = create<RunState>()(() => idle);

/** What the latest run did at a node; undefined where it has no part in it. Renders again for this node only. */
export function useNodeRun(nodeId: string): NodeRun | undefined {
  return useRun((state) => state.nodes[nodeId]);
}

/** The latest run's fraction over all its nodes, its words and its node, for the status bar. */
export function useRunSummary() {
  return useRun(
    useShallow((state) => ({
      state: state.state,
      jobId: state.jobId,
      startedAt: state.startedAt,
      nodeId: state.currentNode,
      detail: state.currentNode === null ? null : (state.nodes[state.currentNode]?.detail ?? null),
      fraction: runProgress(state.nodes),
    })),
  );
}

/** Forgets the run: a new document has nothing to do with the last one's nodes. */
export function clearRun(): void {
  releasePreviews(useRun.getState().nodes);
  useRun.setState(idle);
}

/** Takes in what main relays of a run. Events of any run but the latest are not looked at. */
export function applyRunEvent({ jobId, event, image }: EventPayload<'run:event'>): void {
  const run = useRun.getState();
  if (event.type === 'start') {
    releasePreviews(run.nodes);
    const nodes = Object.fromEntries(event.nodes.map((id) => [id, waiting]));
    useRun.setState({ jobId, state: 'running', startedAt: Date.now(), currentNode: null, nodes });
    return;
  }
  if (jobId !== run.jobId) return;
  switch (event.type) {
    case 'node':
      if (event.state === 'running') useRun.setState({ currentNode: event.nodeId });
      if (event.state !== 'running') setPreview(event.nodeId, null);
      updateNode(event.nodeId, {
        state: event.state,
        seconds: event.seconds ?? null,
        ...(event.state === 'running' ? { fraction: null, detail: null } : {}),
        ...(event.state === 'done' || event.state === 'cached' ? { fraction: 1, detail: null } : {}),
      });
      return;
    case 'progress':
      updateNode(event.nodeId, { phase: event.phase, fraction: event.fraction, detail: event.detail });
      return;
    case 'preview':
      setPreview(event.nodeId, jpegUrl(event.jpeg));
      return;
    case 'image':
      if (image) updateNode(image.nodeId, { images: [...(run.nodes[image.nodeId]?.images ?? []), image] });
      return;
    case 'error':
      if (event.error.place.nodeId) updateNode(event.error.place.nodeId, { state: 'failed', error: event.error });
      return;
    case 'recovery':
      if (event.nodeId) addNote(event.nodeId, event.message);
      return;
    case 'warning':
      if (event.place.nodeId) addNote(event.place.nodeId, event.message);
      return;
    case 'memory':
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
  notes: [],
  seconds: null,
};

function updateNode(nodeId: string, change: Partial<NodeRun>): void {
  useRun.setState(({ nodes }) => ({ nodes: { ...nodes, [nodeId]: { ...(nodes[nodeId] ?? waiting), ...change } } }));
}

function addNote(nodeId: string, message: string): void {
  updateNode(nodeId, { notes: [...(useRun.getState().nodes[nodeId]?.notes ?? []), message] });
}

/** What was still at work when the run ended did not get done. */
function finish(state: 'done' | 'failed' | 'cancelled'): void {
  const { nodes } = useRun.getState();
  releasePreviews(nodes);
  const settled = Object.entries(nodes).map(([id, node]): [string, NodeRun] => {
    const open = node.state === 'running' || node.state === 'waiting';
    return [id, { ...node, previewUrl: null, detail: null, state: open ? 'cancelled' : node.state }];
  });
  useRun.setState({ state, nodes: Object.fromEntries(settled) });
}

/** Nodes that are done count whole, the one at work by its own fraction. */
export function runProgress(nodes: Record<string, NodeRun>): number | null {
  const all = Object.values(nodes);
  if (all.length === 0) return null;
  return all.reduce((sum, node) => sum + (node.fraction ?? 0), 0) / all.length;
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
