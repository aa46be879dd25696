import type { EngineStatus, EventPayload } from '../../electron/ipc/contract.ts';
import { runCommand } from '../commands.ts';
import { firstLine, formatCount, formatSeconds, sentence } from '../format.ts';
import { useEngine } from '../stores/engine.ts';
import { runningJob, useQueue } from '../stores/queue.ts';
import { viewPicture } from '../stores/ui.ts';
import { dismissToast, toast } from '../ui/toast.ts';
import { listen } from './client.ts';

/**
 * Tells the person, in toasts, what they would want to know while they look elsewhere: failures, what the engine did to get
 * by with the memory there is, the engine being lost and back, and a run's end when the window is not in front.
 */
export function connectNotifications(): () => void {
  let lastState: EngineStatus['state'] | null = null;
  let lastPid: number | null = null;
  const tellRecovery = recoveryTeller();
  const stops = [
    listen('run:event', (payload) => {
      tellRunEvent(payload);
      tellRecovery(payload);
    }),
    listen('notice', ({ level, message }) => toast(level, message)),
    listen('engine:status', (status) => {
      if (status.state !== lastState) tellEngineStatus(status);
      if ('pid' in status) {
        // The first start of the app is nothing to tell.
        if (lastPid !== null && lastPid !== status.pid) toast('success', 'The engine is back', { id: 'engine' });
        lastPid = status.pid;
      }
      lastState = status.state;
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function tellRunEvent({ jobId, event }: EventPayload<'run:event'>): void {
  switch (event.type) {
    case 'warning':
      toast('warning', event.message, { action: nodeAction(event.place.nodeId) });
      return;
    case 'error':
      if (event.error.code === 'cancelled') return;
      toast('error', 'The run failed', {
        id: `failed-${jobId}`,
        detail: event.error.message,
        action: nodeAction(event.error.place.nodeId),
      });
      return;
    case 'done':
      if (event.state === 'done' && !document.hasFocus()) tellDone(jobId, event.seconds);
      return;
    case 'start':
    case 'recovery':
    case 'node':
    case 'progress':
    case 'preview':
    case 'memory':
    case 'image':
      return;
  }
}

/** One toast a run, which grows with each thing that is done to get by with the memory there is. */
function recoveryTeller(): (payload: EventPayload<'run:event'>) => void {
  let told: { jobId: string; messages: string[] } | null = null;
  return ({ jobId, event }) => {
    if (event.type === 'start') told = null;
    if (event.type !== 'recovery') return;
    const before = told?.jobId === jobId ? told.messages : [];
    if (before.includes(event.message)) return;
    told = { jobId, messages: [...before, event.message] };
    // Why is told on the node.
    const actions = told.messages.map((message) => message.replace(/, because .*$/, '.'));
    toast('warning', 'This run saves memory', { id: `recovery-${jobId}`, detail: actions.join('\n') });
  };
}

function tellDone(jobId: string, seconds: number): void {
  const job = useQueue.getState().jobs.find((candidate) => candidate.id === jobId);
  const last = job?.images.at(-1);
  const made = job && job.images.length > 0 ? `${formatCount(job.images.length, 'picture')} in ` : '';
  toast('success', `${job?.name ?? 'The run'} is done`, {
    id: `done-${jobId}`,
    detail: `${made}${formatSeconds(seconds)}`,
    action: last && { label: 'View', run: () => viewPicture(last.path) },
  });
}

function nodeAction(nodeId: string | undefined) {
  return nodeId === undefined ? undefined : { label: 'Show node', run: () => void runCommand('show-node', { nodeId }) };
}

function tellEngineStatus(status: EngineStatus): void {
  switch (status.state) {
    case 'restarting':
      if (useEngine.getState().restartExpected) return;
      tellRestart(status.reason);
      return;
    case 'failed':
      // The bar under the toolbar says why, for as long as it is so.
      dismissToast('engine');
      return;
    case 'ready':
    case 'busy':
    case 'starting':
    case 'stopped':
      return;
  }
}

/** Only a job that it costs time makes a restart worth a warning. */
function tellRestart(reason: string): void {
  const job = runningJob(useQueue.getState().jobs);
  const why = `${sentence(firstLine(reason))}.`;
  toast(job ? 'warning' : 'info', 'The engine starts again', {
    id: 'engine',
    detail: job ? `${why} “${job.name}” goes back to the queue.` : why,
  });
}
