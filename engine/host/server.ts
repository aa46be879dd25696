import { createBirpc } from 'birpc';
import { z } from 'zod';
import { asHeadroomError, HeadroomError, NEEDS_NEW_ENGINE } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import {
  type EngineEvents,
  type EngineMethods,
  type EngineOptions,
  engineEventSchemas,
  zEngineOptions,
  zRunRequest,
} from '../contract/protocol.ts';
import { decodeMessage, encodeMessage } from '../contract/wire.ts';
import { zWorkflow } from '../contract/workflow.ts';
import type { Engine, EngineHooks } from './engine.ts';
import { throttled } from './throttled.ts';

/** One end of a channel that clones what is posted: `process.parentPort`, or a port of `node:worker_threads`. */
export interface ServerPort {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
}

type OpenEngine = (options: EngineOptions, hooks: EngineHooks) => Promise<Engine>;

const zRunId = z.string();
const zModelId = z.string();

/** Answers the calls of `EngineMethods` on a port, with an engine that `initialise` opens, and sends its `EngineEvents`. */
export function serveEngine(
  port: ServerPort,
  openEngine: OpenEngine,
): { log: EngineHooks['onLog']; unusable(reason: string): void } {
  const runs = new Map<string, AbortController>();
  let engine: Engine | null = null;

  const opened = () => {
    if (!engine) throw new HeadroomError('internal', 'The engine was called before it was initialised.');
    return engine;
  };

  const methods: EngineMethods = {
    async initialise(options) {
      if (engine) throw new HeadroomError('internal', 'The engine is initialised already.');
      engine = await openEngine(zEngineOptions.parse(options), {
        onLease: (lease) => main.onLease(lease),
        onMemory: (memory) => main.onMemory(memory),
        onLog: log,
      });
      return engine.describe();
    },
    listModels: async () => opened().listModels(),
    memorySettings: async () => opened().memorySettings(),
    keptWeights: async () => opened().keptWeights(),
    deleteKeptWeights: async () => opened().deleteKeptWeights(),
    async run(request) {
      const parsed = zRunRequest.parse(request);
      const { runId } = parsed;
      if (runs.size > 0) throw new HeadroomError('internal', `Run ${[...runs.keys()][0]} is not over yet.`);
      const controller = new AbortController();
      runs.set(runId, controller);
      const events = throttled((event) => main.onRunEvent({ runId, event }));
      let lost = false;
      const onEvent = (event: RunEvent) => {
        const reason = event.type === 'error' && NEEDS_NEW_ENGINE[event.error.code];
        if (event.type === 'error' && reason) {
          lost = true;
          log('error', event.error.message);
          main.onUnusable({ reason });
        }
        // Whoever runs it again in a new process is told how it ends; here it does not end.
        if (!lost) events.send(event);
      };
      try {
        await opened().run(parsed, { signal: controller.signal, onEvent });
        if (lost) await new Promise<never>(() => {});
      } finally {
        events.flush();
        runs.delete(runId);
      }
    },
    async cancel(runId) {
      runs.get(zRunId.parse(runId))?.abort();
    },
    estimate: async (workflow) => opened().estimate(zWorkflow.parse(workflow)),
    estimateModel: async (id) => opened().estimateModel(zModelId.parse(id)),
    clearCache: async () => opened().clearCache(),
    async ping() {},
  };

  const main = createBirpc<EngineEvents, EngineMethods>(methods, {
    post: port.post,
    on: port.listen,
    serialize: encodeMessage,
    deserialize: decodeMessage,
    eventNames: Object.keys(engineEventSchemas) as (keyof EngineEvents)[],
    onFunctionError: (error, name) => {
      const { code, message } = asHeadroomError(error);
      log('error', code === 'internal' ? `${name}: ${error.stack ?? message}` : `${name}: ${message}`);
    },
    onGeneralError: (error, name) => log('error', `${name ?? 'message'}: ${error.stack ?? error.message}`),
  });

  const log: EngineHooks['onLog'] = (level, message) => main.onLog({ time: Date.now(), level, message });
  return { log, unusable: (reason) => void main.onUnusable({ reason }) };
}
