import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import type { ClearCacheResult, EngineMemory } from '../contract/memory.ts';
import type { EngineOptions } from '../contract/protocol.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { ModelLibrary } from '../library/library.ts';
import { Components } from '../memory/components.ts';
import { Corrections } from '../memory/corrections.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { RememberedPlans } from '../memory/remembered-plans.ts';
import { inWords, memoryInWords } from '../memory/words.ts';
import { nodeDefinitions } from '../nodes/index.ts';
import { runtimeVersion } from '../ort/runtime-version.ts';
import { DerivedWeights } from '../pipelines/derived/derived-weights.ts';
import { estimateModel } from '../pipelines/estimate-model.ts';
import { encodedTexts } from '../pipelines/run-text-encoder.ts';
import type { PipelineEnvironment } from '../pipelines/stage.ts';
import { Tokenizers } from '../pipelines/tokenizers.ts';
import { estimateWorkflow } from '../workflow/estimate.ts';
import { executeWorkflow, type RunServices } from '../workflow/execute.ts';
import { ResultCache } from '../workflow/result-cache.ts';
import { chooseDevice } from './device.ts';
import type { Engine, EngineHooks } from './engine.ts';
import { IdleMemory } from './idle-memory.ts';
import { memoryEnvironment } from './memory-environment.ts';
import { releaseFreedMemory } from './release-memory.ts';

/**
 * The engine over real models and devices.
 *
 * @throws HeadroomError `input` for a device that cannot be used here
 */
export async function openEngine(options: EngineOptions, hooks: EngineHooks): Promise<Engine> {
  const { device, passedOver } = await chooseDevice(options.device);
  for (const { provider, reason } of passedOver) hooks.onLog('info', `${provider} is not used: ${reason}.`);
  const library = new ModelLibrary(options.modelFolders, options.tokenizersFolder);
  const definitions = new Map(nodeDefinitions.map((definition) => [definition.descriptor.type, definition]));
  const results = new ResultCache();
  const { memoryLimitBytes = null } = options;
  const deviceMemory = await DeviceMemory.open(device.provider, memoryLimitBytes, undefined, options);
  const { unavailable } = deviceMemory;
  if (unavailable !== null && memoryLimitBytes !== null) {
    hooks.onLog('warning', `The memory limit cannot be kept: ${unavailable}`);
  } else if (unavailable !== null) {
    hooks.onLog('info', `The memory of runs is neither read nor limited here: ${unavailable}`);
  }
  if (options.gauge) {
    deviceMemory.startGauge(options.gauge, (why) => hooks.onLog('warning', `The memory plot has gaps: ${why}`));
  }
  const listeners = { onBusy: hooks.onLease, onChange: () => hooks.onMemory(memory()) };
  const { stateFolder = null, cacheClearing: clearing } = options;
  const corrections = new Corrections(stateFolder, device.title);
  const components = new Components(device.provider, deviceMemory, listeners, { clearing, corrections });
  const idleMemory = new IdleMemory(deviceMemory, (freedBytes, inPieces) => {
    const left = inPieces > 0 ? `; ${inWords(inPieces)} are free in pieces that cannot be given back` : '';
    hooks.onLog('info', `Idle: gave ${inWords(freedBytes)} back${left}.`);
    hooks.onMemory(memory());
  });
  let running = false;

  const memory = (): EngineMemory => {
    const ledger = components.ledger();
    const weightBytes = ledger.reduce((sum, entry) => sum + entry.residentBytes, 0);
    const arena = deviceMemory.account();
    const where = device.provider === 'cpu' ? 'system' : 'gpu';
    const processBytes = process.memoryUsage.rss();
    return { device: device.title, where, processBytes, weightBytes, arena, ledger, learnedAt: corrections.learnedAt };
  };

  const clearCache = async (except?: ReadonlySet<string>): Promise<ClearCacheResult> => {
    const before = { process: process.memoryUsage.rss(), reserved: deviceMemory.account()?.reservedBytes ?? 0 };
    const evicted = await components.evictIdle();
    evicted.push(...((await processor?.components.evictIdle()) ?? []));
    results.clear(except);
    // A run that goes on has encoded prompts of rows to come.
    if (!except) environment.encodedTexts.clear();
    await releaseFreedMemory();
    // The arena is the process's own memory on the CPU, and the device's on a GPU.
    const freedReserved = before.reserved - (deviceMemory.account()?.reservedBytes ?? 0);
    const freedBytes = Math.max(0, before.process - process.memoryUsage.rss(), freedReserved);
    hooks.onMemory(memory());
    const what = evicted.length > 0 ? evicted.join(', ') : 'no component was idle';
    hooks.onLog('info', `Cache cleared: ${what}; ${(freedBytes / 2 ** 20).toFixed(0)} MiB came back.`);
    return { evicted, freedBytes };
  };

  const derived = new DerivedWeights(join(stateFolder ?? tmpdir(), 'derived-weights'));
  const environment: PipelineEnvironment = {
    dialect: device.dialect,
    components,
    tokenizers: new Tokenizers(),
    encodedTexts: encodedTexts(),
    embeddingPath: (name) => library.embeddingPath(name),
    derived,
    remembered: new RememberedPlans(stateFolder),
    corrections,
  };
  const processor =
    device.provider === 'cpu'
      ? undefined
      : {
          ...environment,
          dialect: cpuDialect,
          components: new Components('cpu', DeviceMemory.unmanaged(), { onBusy: hooks.onLease, onChange: () => {} }),
        };

  const services: RunServices = {
    lookup: (type) => definitions.get(type),
    results,
    environment: { ...environment, processor },
    resultsFolder: options.resultsFolder,
    previewFolder: options.previewFolder,
    model: (id, parts) => library.find(id, parts),
    upscaler: (id) => library.upscaler(id),
    locate: (id, kind, field) => library.locate(id, kind, field),
    // On the CPU everything is the process's own; on a GPU what counts is what the arena has taken from it.
    heldBytes: () =>
      device.provider === 'cpu' ? process.memoryUsage.rss() : (deviceMemory.account()?.reservedBytes ?? null),
    pictureDrawn: ({ path }) => hooks.onLog('info', `${basename(path)}: ${memoryInWords(memory())}.`),
    log: hooks.onLog,
    clearCache,
  };

  const estimating = () => ({ dialect: device.dialect, corrections, budgetBytes: deviceMemory.budgetBytes() });

  return {
    describe: () => ({
      device: device.title,
      runtime: runtimeVersion(),
      nodes: nodeDefinitions.map(({ descriptor }) => descriptor),
    }),
    memorySettings: () => ({ ...deviceMemory.settings(), device: device.title, environment: memoryEnvironment() }),
    keptWeights: () => derived.kept(),
    async deleteKeptWeights() {
      const refuseInRun = () => {
        if (running) throw new HeadroomError('input', 'A run is at work, which may need them.');
      };
      refuseInRun();
      await components.evictIdle();
      refuseInRun();
      derived.clear();
      return derived.kept();
    },
    listModels: () => library.list(),
    async run(request, { signal, onEvent }) {
      if (running) throw new HeadroomError('internal', 'The engine does one run at a time.');
      running = true;
      idleMemory.busy();
      try {
        await executeWorkflow({ ...request, signal, onEvent }, services);
      } finally {
        running = false;
        idleMemory.idle();
      }
    },
    estimate: (workflow) => {
      const { model, upscaler, locate } = services;
      const context = { model, upscaler, locate, ...estimating() };
      return estimateWorkflow(workflow, services.lookup, context, device.title);
    },
    estimateModel: async (id) => estimateModel(await library.find(id), estimating()),
    clearCache: () => clearCache(),
  };
}
