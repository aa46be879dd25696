import type { Job, Settings, ShownImage } from '../../electron/ipc/contract.ts';
import type { NodeEstimate, WorkflowEstimate } from '../../engine/contract/estimate.ts';
import type { DeviceSample, EngineMemory, GpuSample } from '../../engine/contract/memory.ts';
import type { ModelSummary } from '../../engine/contract/models.ts';
import type { MemorySettings } from '../../engine/contract/protocol.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Plausible values for tests: each one whole, with what the test is about given on top. */
export function exampleImage(change: Partial<ShownImage> = {}): ShownImage {
  const path = change.path ?? '/results/apple.png';
  return {
    nodeId: 'save',
    path,
    url: `picture://${path}`,
    kind: 'saved',
    width: 256,
    height: 256,
    settings: { prompt: 'red apple', seed: 42, steps: 20, scheduler: 'ddim', model: 'starter' },
    ...change,
  };
}

export function exampleJob(change: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    name: 'Text to image',
    state: 'queued',
    attempts: 1,
    createdAt: 1000,
    startedAt: null,
    finishedAt: null,
    images: [],
    error: null,
    note: null,
    table: null,
    ...change,
  };
}

export function exampleGpu(change: Partial<GpuSample> = {}): GpuSample {
  return {
    name: 'NVIDIA GeForce RTX 4090',
    totalBytes: 24 * GIB,
    usedBytes: 9 * GIB,
    freeBytes: 15 * GIB,
    utilisation: 87,
    temperatureC: 64,
    powerW: 310,
    processes: [
      { pid: 100, name: 'headroom', bytes: 6 * GIB, own: true },
      { pid: 200, name: 'firefox', bytes: 1 * GIB, own: false },
    ],
    ...change,
  };
}

/** What an engine on the card tells: two components, and a run at work in an arena of 5 GiB. */
export function exampleEngine(change: Partial<NonNullable<DeviceSample['engine']>> = {}): DeviceSample['engine'] {
  return {
    where: 'gpu',
    weights: [
      { model: 'sd15', component: 'text_encoder', bytes: 0.5 * GIB },
      { model: 'sd15', component: 'unet', bytes: 2 * GIB },
    ],
    arena: { inUseBytes: 4 * GIB, reservedBytes: 5 * GIB, peakBytes: 4.5 * GIB },
    ...change,
  };
}

/** A reading of a machine without an NVIDIA GPU, unless one is given. */
/** The engine's own account of memory. */
export function exampleEngineMemory(change: Partial<EngineMemory> = {}): EngineMemory {
  return {
    device: 'cpu',
    where: 'system',
    processBytes: 1,
    weightBytes: 1,
    arena: null,
    ledger: [],
    learnedAt: null,
    ...change,
  };
}

export function exampleSample(change: Partial<DeviceSample> = {}): DeviceSample {
  return {
    time: 1_000_000,
    source: change.gpu ? 'nvml' : 'none',
    reason: change.gpu ? null : 'no NVIDIA driver was found',
    gpu: null,
    system: { totalBytes: 16 * GIB, usedBytes: 6 * GIB },
    processes: { engine: 900 * MIB, app: 300 * MIB },
    engine: null,
    ...change,
  };
}

export function exampleSettings(change: Partial<Settings> = {}): Settings {
  return {
    theme: 'dark',
    modelFolders: [],
    resultsFolder: '/results',
    device: 'auto',
    cacheClearing: 'auto',
    memoryLimitBytes: null,
    keptFreeBytes: null,
    extendStrategy: 'kSameAsRequested',
    ...change,
  };
}

export function exampleMemorySettings(change: Partial<MemorySettings> = {}): MemorySettings {
  return {
    device: 'CUDA',
    deviceBytes: 8 * GIB,
    limitBytes: null,
    keptFreeBytes: 0.5 * GIB,
    arena: { extendStrategy: 'kSameAsRequested', initialChunkBytes: MIB, maxDeadBytes: MIB / 4 },
    regionFactor: 1.25,
    environment: [
      { name: 'CUDA_VISIBLE_DEVICES', value: '1' },
      { name: 'NVIDIA_TF32_OVERRIDE', value: null },
    ],
    ...change,
  };
}

export function exampleModel(change: Partial<ModelSummary> = {}): ModelSummary {
  return {
    id: 'starter',
    kind: 'model',
    title: 'Starter',
    path: '/models/starter',
    family: 'sd15',
    familyTitle: 'Stable Diffusion 1.5',
    precision: 'float16',
    bytes: 52 * MIB,
    usable: true,
    needs: [],
    problem: null,
    defaults: null,
    ...change,
  };
}

export function exampleNodeEstimate(change: Partial<NodeEstimate> = {}): NodeEstimate {
  return {
    stages: [{ stage: 'denoise', component: 'unet', weightBytes: 1600 * MIB, activationBytes: 300 * MIB }],
    peakBytes: 2 * GIB,
    undegradedBytes: 2 * GIB,
    leastBytes: GIB,
    savings: [],
    ...change,
  };
}

export function exampleEstimate(change: Partial<WorkflowEstimate> = {}): WorkflowEstimate {
  return {
    device: 'CUDA (RTX 4090)',
    budgetBytes: 8 * GIB,
    nodes: { generate: exampleNodeEstimate() },
    peakBytes: 2 * GIB,
    fits: 'yes',
    problems: [],
    ...change,
  };
}
