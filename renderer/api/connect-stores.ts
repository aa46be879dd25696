import type { EventPayload, Job } from '../../electron/ipc/contract.ts';
import type { DeviceSample } from '../../engine/contract/memory.ts';
import { takeNodeEvent, takePeak } from '../panels/memory/node-peaks.ts';
import { addLog, setEngineMemory, setEngineStatus, setNodeDescriptors } from '../stores/engine.ts';
import { setModelLibrary } from '../stores/models.ts';
import { addSamples } from '../stores/monitor.ts';
import { setJobs, useQueue } from '../stores/queue.ts';
import { applyRunEvent, endRun, useRun } from '../stores/run.ts';
import { setAppInfo, setSettings } from '../stores/settings.ts';
import { call, listen, messageOf } from './client.ts';
import { restoreRowRuns, takeRowEvent } from './row-runs.ts';

/**
 * Binds every store to main: first the events, then what was there before the window was. Settles when the settings are
 * known, or when they could not be had. Answers a function that undoes the binding.
 */
export async function connectStores(): Promise<() => void> {
  const stops = [
    listen('engine:status', setEngineStatus),
    listen('engine:nodes', setNodeDescriptors),
    listen('engine:memory', setEngineMemory),
    listen('engine:log', addLog),
    listen('monitor:sample', takeSample),
    listen('queue:changed', takeJobs),
    listen('run:event', takeRunEvent),
    listen('models:changed', refreshModels),
    listen('settings:changed', setSettings),
  ];
  void call('engine:status').then(setEngineStatus, report);
  void call('engine:nodes').then(setNodeDescriptors, report);
  void call('engine:log').then(addLog, report);
  void call('monitor:history').then(addSamples, report);
  void call('queue:list').then((jobs) => {
    takeJobs(jobs);
    void restoreRowRuns(jobs);
  }, report);
  refreshModels();
  await call('settings:get').then(setSettings, report);
  return () => {
    for (const stop of stops) stop();
  };
}

function takeRunEvent(payload: EventPayload<'run:event'>): void {
  const job = useQueue.getState().jobs.find(({ id }) => id === payload.jobId);
  applyRunEvent(payload, job?.createdAt);
  takeRowEvent(payload);
  takeNodeEvent(payload);
}

function takeSample(sample: DeviceSample): void {
  addSamples([sample]);
  takePeak(sample);
}

/** A run whose job no longer runs is over, told or not: an engine that was killed has no last word. */
function takeJobs(jobs: Job[]): void {
  setJobs(jobs);
  const { jobId, state } = useRun.getState();
  if (jobId === null || state !== 'running') return;
  const job = jobs.find((candidate) => candidate.id === jobId);
  // One that is done said so itself, or is about to.
  if (job?.state === 'running' || job?.state === 'done') return;
  endRun(jobId, job?.state === 'failed' ? 'failed' : 'cancelled');
}

/**
 * Asks main about itself. From this call on main tells its notices, so it is made once there is something on the page that
 * shows them.
 */
export async function loadAppInfo(): Promise<void> {
  await call('app:info').then(setAppInfo, report);
}

/** While an answer is awaited: whether it will be out of date. */
let asked: { again: boolean } | null = null;

/** Asks for the library again; the old list stays until the new one is there. Asked meanwhile, it asks once more after that. */
export function refreshModels(): void {
  if (asked) {
    asked.again = true;
    return;
  }
  const asking = { again: false };
  asked = asking;
  call('models:list')
    .then(
      (models) => setModelLibrary({ state: 'ready', models }),
      (thrown: unknown) => setModelLibrary({ state: 'failed', message: messageOf(thrown) }),
    )
    .finally(() => {
      asked = null;
      if (asking.again) refreshModels();
    });
}

/** Goes to the log panel: the window works on without that part, and events may still bring it. */
function report(thrown: unknown): void {
  addLog([{ time: Date.now(), level: 'error', message: messageOf(thrown) }]);
}
