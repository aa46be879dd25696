import type { EngineLog } from './engine-host/engine-log.ts';
import type { EngineSupervisor } from './engine-host/supervisor.ts';
import { batched, latest } from './ipc/throttle.ts';
import type { SendEvent } from './ipc/window-events.ts';
import type { ModelFoldersWatch } from './model-folders-watch.ts';
import type { DeviceMonitor } from './monitor/monitor.ts';
import type { JobQueue } from './queue/queue.ts';
import type { SettingsStore } from './settings.ts';

interface Sources {
  engine: EngineSupervisor;
  log: EngineLog;
  queue: JobQueue;
  monitor: DeviceMonitor;
  settings: SettingsStore;
  modelFolders: ModelFoldersWatch;
}

/** Tells the window what happens here. The engine holds back its own frequent events, so a run's are passed on as they are. */
export function relayEvents(send: SendEvent, { engine, log, queue, monitor, settings, modelFolders }: Sources): void {
  engine.onStatus.listen(latest((status) => send('engine:status', status)));
  engine.onNodes.listen((nodes) => {
    send('engine:nodes', nodes);
    // A new engine has looked at the models folders anew.
    send('models:changed', null);
  });
  engine.onMemory.listen(latest((memory) => send('engine:memory', memory)));
  log.onLine.listen(batched((lines) => send('engine:log', lines)));
  queue.onChange.listen(latest((jobs) => send('queue:changed', jobs)));
  queue.onRunEvent.listen((event) => send('run:event', event));
  monitor.onSample.listen((sample) => send('monitor:sample', sample));
  modelFolders.onChange.listen(() => send('models:changed', null));
  settings.onChange.listen((current) => send('settings:changed', current));
}
