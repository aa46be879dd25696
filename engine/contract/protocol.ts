import { z } from 'zod';
import type { ModelEstimate, WorkflowEstimate } from './estimate.ts';
import { zRunEvent } from './events.ts';
import { zGaugeFiles } from './gauge.ts';
import { type ClearCacheResult, zEngineMemory } from './memory.ts';
import type { ModelSummary } from './models.ts';
import type { NodeDescriptor } from './node.ts';
import { type Workflow, zWorkflow } from './workflow.ts';

/**
 * When the engine by itself gives back what it keeps for later, before a model loads and around each picture of a table:
 * only where memory is short, always, or never.
 */
export const zCacheClearing = z.enum(['auto', 'always', 'never']);
export type CacheClearing = z.infer<typeof zCacheClearing>;

/** How onnxruntime's arena grows (`arena_extend_strategy`): by what is asked for, or in steps that double. */
export const zExtendStrategy = z.enum(['kSameAsRequested', 'kNextPowerOfTwo']);
export type ExtendStrategy = z.infer<typeof zExtendStrategy>;

/** What the engine is told when it starts: where things are, and what it may use. */
export const zEngineOptions = z.object({
  /** Folders that hold models, most important first; the bundled one is added by whoever starts the engine. */
  modelFolders: z.array(z.string()),
  /** Where the tokenizers are that ship with Headroom, for models that come without. */
  tokenizersFolder: z.string(),
  /** Where Save Image puts pictures. */
  resultsFolder: z.string(),
  /** Where pictures that are only looked at go. */
  previewFolder: z.string(),
  device: z.enum(['auto', 'cuda', 'dml', 'webgpu', 'coreml', 'cpu']),
  /** The most that weights and runs may take of the device's memory together; without it, all there is. */
  memoryLimitBytes: z.number().int().positive().optional(),
  /** Memory of the device that is left to other programs; without it, a sixteenth of it and at most 1 GiB. */
  keptFreeBytes: z.number().int().nonnegative().optional(),
  /** Without it, `kSameAsRequested`. */
  extendStrategy: zExtendStrategy.optional(),
  /** Without it, `auto`. */
  cacheClearing: zCacheClearing.optional(),
  /** Without it, what the arena holds is not told while the engine is busy. */
  gauge: zGaugeFiles.optional(),
  /** Where what is learned about this machine is kept; without it, nothing is. */
  stateFolder: z.string().optional(),
});
export type EngineOptions = z.infer<typeof zEngineOptions>;

const zRows = z.array(z.number().int().nonnegative());

/**
 * The id of a run also decides what is left to chance in it, seeds and the names of a table's pictures: the same run asked
 * for again draws the same pictures to the same files.
 */
export const zRunRequest = z.object({
  runId: z.string(),
  workflow: zWorkflow,
  /** Rows of the workflow's table that an earlier attempt at this run has ended: they are not run, failed ones count. */
  endedRows: z.object({ done: zRows, failed: zRows }).optional(),
});
export type RunRequest = z.infer<typeof zRunRequest>;

/** A device that the engine can run on. */
export const zEngineDescription = z.object({ device: z.string(), runtime: z.string() });
export type EngineDescription = z.infer<typeof zEngineDescription> & { nodes: NodeDescriptor[] };

/** What the engine works under, wherever it comes from. */
export interface MemorySettings {
  readonly device: string;
  /** All that the device has; null where that cannot be told. */
  readonly deviceBytes: number | null;
  readonly limitBytes: number | null;
  readonly keptFreeBytes: number | null;
  /** Null where onnxruntime's arena cannot be controlled. */
  readonly arena: {
    readonly extendStrategy: ExtendStrategy;
    readonly initialChunkBytes: number;
    readonly maxDeadBytes: number;
  } | null;
  /** How many times its peak a run is given in one region. */
  readonly regionFactor: number;
  /** Variables that the driver, its libraries and onnxruntime look at; null for one that matters and is not set. */
  readonly environment: readonly { readonly name: string; readonly value: string | null }[];
}

/** Weights that were made of a model's own and are kept on disk, so that they need not be made again. */
export interface KeptWeights {
  readonly folder: string;
  readonly bytes: number;
}

/** What main calls in the engine. Every call waits while onnxruntime works: the busy lease says for how long. */
export interface EngineMethods {
  /** First call after the process started. */
  initialise(options: EngineOptions): Promise<EngineDescription>;
  listModels(): Promise<ModelSummary[]>;
  memorySettings(): Promise<MemorySettings>;
  keptWeights(): Promise<KeptWeights>;
  /** Answers what is left: on some systems what is in use. Refused while a run is at work. */
  deleteKeptWeights(): Promise<KeptWeights>;
  /** Settles when the run is over; its outcome, failure included, is told by the `done` event. */
  run(request: RunRequest): Promise<void>;
  /** What a run of the document will need of the device's memory; loads nothing. */
  estimate(workflow: Workflow): Promise<WorkflowEstimate>;
  /** What a picture with a model of the library will need; loads nothing. */
  estimateModel(id: string): Promise<ModelEstimate>;
  /** Asks the run to stop; honoured between steps. */
  cancel(runId: string): Promise<void>;
  clearCache(): Promise<ClearCacheResult>;
  /** Answers at once when the event loop is free: how the supervisor tells an idle engine from a hung one. */
  ping(): Promise<void>;
}

/** What the engine is about to do in the runtime, where it cannot be stopped: the supervisor measures against it how long that takes. */
export const zBusyLease = z.object({
  /** Such as "load unet" or "denoise step 3 of 20". */
  what: z.string(),
  /** Generous: the supervisor calls the engine hung only well after that. */
  expectedMs: z.number().positive(),
});
export type BusyLease = z.infer<typeof zBusyLease>;

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export const zLogLine = z.object({ time: z.number(), level: z.enum(LOG_LEVELS), message: z.string() });
export type LogLine = z.infer<typeof zLogLine>;

/** What the engine tells main without being asked, each a one-way call. Main parses every payload. */
export const engineEventSchemas = {
  onRunEvent: z.object({ runId: z.string(), event: zRunEvent }),
  /** null: nothing goes on in the runtime. */
  onLease: zBusyLease.nullable(),
  onMemory: zEngineMemory,
  onLog: zLogLine,
  /** The engine cannot work in this process any more, and leaves its run unended: a new process may do it. */
  onUnusable: z.object({ reason: z.string() }),
} as const;

export type EngineEvents = {
  [Name in keyof typeof engineEventSchemas]: (payload: z.infer<(typeof engineEventSchemas)[Name]>) => void;
};
