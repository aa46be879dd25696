import type { CudaInstaller } from '../../cuda-installer.ts';
import type { EngineLog } from '../../engine-host/engine-log.ts';
import type { EngineSupervisor } from '../../engine-host/supervisor.ts';
import type { DeviceMonitor } from '../../monitor/monitor.ts';
import type { JobQueue } from '../../queue/queue.ts';
import type { CallHandlers } from '../answer.ts';

interface Needs {
  cuda: CudaInstaller;
  engine: EngineSupervisor;
  log: EngineLog;
  queue: JobQueue;
  monitor: DeviceMonitor;
}

export function engineCalls({ cuda, engine, log, queue, monitor }: Needs) {
  return {
    'engine:status': () => engine.status,
    'engine:nodes': () => engine.nodes,
    'engine:restart': () => engine.restart(),
    'engine:clear-cache': () => engine.call('clearCache'),
    'engine:install-cuda': () => cuda.install(),
    'engine:memory-settings': () => engine.call('memorySettings'),
    'engine:kept-weights': () => engine.call('keptWeights'),
    'engine:delete-kept-weights': () => engine.call('deleteKeptWeights'),
    'engine:log': () => [...log.lines],
    'engine:estimate': ({ workflow }) => engine.call('estimate', workflow),
    'models:list': () => engine.call('listModels'),
    'models:estimate': ({ id }) => engine.call('estimateModel', id),
    'queue:list': () => queue.jobs,
    'queue:add': ({ workflow }) => queue.add(workflow),
    'queue:cancel': ({ jobId }) => queue.cancel(jobId),
    'queue:retry': ({ jobId }) => queue.retry(jobId),
    'queue:retry-rows': ({ jobId }) => queue.retryRows(jobId),
    'queue:rows': ({ jobId }) => queue.rowsOf(jobId),
    'queue:clear-finished': () => queue.clearFinished(),
    'monitor:history': () => monitor.history,
  } satisfies Partial<CallHandlers>;
}
