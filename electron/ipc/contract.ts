import { z } from 'zod';
import type { ModelEstimate, WorkflowEstimate } from '../../engine/contract/estimate.ts';
import { type RowResult, zEngineError, zImageResult, zRunEvent } from '../../engine/contract/events.ts';
import { zImageFile } from '../../engine/contract/image-file.ts';
import { type ClearCacheResult, zDeviceSample, zEngineMemory } from '../../engine/contract/memory.ts';
import type { ModelSummary } from '../../engine/contract/models.ts';
import { zNodeDescriptor } from '../../engine/contract/node.ts';
import {
  type KeptWeights,
  type MemorySettings,
  zBusyLease,
  zCacheClearing,
  zExtendStrategy,
  zLogLine,
} from '../../engine/contract/protocol.ts';
import { type Workflow, zWorkflow } from '../../engine/contract/workflow.ts';

/** The engine process as the window sees it. `ready` and `busy` are the states in which it has a process id. */
export const zEngineStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stopped') }),
  z.object({ state: z.literal('starting'), attempt: z.number().int() }),
  z.object({ state: z.literal('ready'), pid: z.number().int(), device: z.string(), runtime: z.string() }),
  z.object({
    state: z.literal('busy'),
    pid: z.number().int(),
    device: z.string(),
    runtime: z.string(),
    /** null between two leases of a run. */
    lease: zBusyLease.nullable(),
    /** Milliseconds since the epoch at which the lease began. */
    since: z.number(),
  }),
  z.object({ state: z.literal('restarting'), reason: z.string(), attempt: z.number().int(), at: z.number() }),
  z.object({ state: z.literal('failed'), reason: z.string() }),
]);
export type EngineStatus = z.infer<typeof zEngineStatus>;

/** A picture with the address under which the window may load it. */
export const zShownImage = zImageResult.extend({ url: z.string() });
export type ShownImage = z.infer<typeof zShownImage>;

/** A run in the queue. `queued` again after the engine was lost: `attempts` tells how often it was started. */
export const zJob = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  attempts: z.number().int(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  images: z.array(zShownImage),
  error: zEngineError.nullable(),
  /** Why it went back to the queue, such as "the engine was restarted". */
  note: z.string().nullable(),
  /** Of a job that goes through a table, how far it is; null for others, and before its first row. */
  table: z
    .object({
      nodeId: z.string(),
      rows: z.number().int(),
      /** Rows that were empty are among those that are done. */
      done: z.number().int(),
      failed: z.number().int(),
    })
    .nullable(),
});
export type Job = z.infer<typeof zJob>;

export const zSettings = z.object({
  theme: z.enum(['system', 'dark', 'light']),
  /** Folders with models besides the bundled one. */
  modelFolders: z.array(z.string()),
  resultsFolder: z.string(),
  device: z.enum(['auto', 'cuda', 'dml', 'webgpu', 'coreml', 'cpu']),
  cacheClearing: zCacheClearing,
  /** The most that weights and runs may take together; null for all that there is. */
  memoryLimitBytes: z.number().int().positive('The memory limit must be above 0.').nullable(),
  /** What is left to other programs; null for what Headroom thinks right. */
  keptFreeBytes: z.number().int().nonnegative('What is kept free cannot be less than 0.').nullable(),
  extendStrategy: zExtendStrategy,
});
export type Settings = z.infer<typeof zSettings>;

export const zAppInfo = z.object({
  version: z.string(),
  platform: z.string(),
  electron: z.string(),
  bundledModels: z.string(),
  /** True under the end-to-end tests: animations are off. */
  testing: z.boolean(),
});
export type AppInfo = z.infer<typeof zAppInfo>;

/** A document with the file that it came from; null for one that was never saved. */
export interface OpenedWorkflow {
  path: string | null;
  workflow: Workflow;
}

/** A picture file as the window may load it; its size in pixels, before any rotation. */
export interface ShownFile {
  url: string;
  width: number;
  height: number;
}

/** What a file operation came to; `cancelled` where the person closed the dialog. */
export type FileOutcome<T> =
  | { outcome: 'done'; value: T }
  | { outcome: 'cancelled' }
  | { outcome: 'failed'; message: string };

/**
 * Every call that the window may make: the schema of its one parameter and the type of its answer. Main refuses a call
 * from any other sender, and a parameter that does not parse. A rejected call carries a message for the person.
 */
export const callSchemas = {
  'app:info': z.void(),
  'app:show-in-folder': z.object({ path: z.string() }),
  'app:open-results-folder': z.void(),
  'app:choose-folder': z.object({ title: z.string() }),
  'engine:status': z.void(),
  'engine:nodes': z.void(),
  'engine:restart': z.void(),
  'engine:clear-cache': z.void(),
  /** Installs what NVIDIA cards need, which takes minutes; the log tells how far it is. */
  'engine:install-cuda': z.void(),
  /** What the engine works under. */
  'engine:memory-settings': z.void(),
  /** Weights kept on disk so that models load fast; deleting them is refused during a run. */
  'engine:kept-weights': z.void(),
  'engine:delete-kept-weights': z.void(),
  'engine:log': z.void(),
  /** What a run of the document will need. Loads nothing. */
  'engine:estimate': z.object({ workflow: zWorkflow }),
  'models:list': z.void(),
  /** What a picture with one of them will need; loads nothing. */
  'models:estimate': z.object({ id: z.string() }),
  'queue:list': z.void(),
  'queue:add': z.object({ workflow: zWorkflow }),
  'queue:cancel': z.object({ jobId: z.string() }),
  'queue:retry': z.object({ jobId: z.string() }),
  /** Runs the rows of a table's job that are not done, in the same job: the failed ones, and those that it never came to. */
  'queue:retry-rows': z.object({ jobId: z.string() }),
  /** What became of the rows of a job so far; those to come and the one at work are not among them. */
  'queue:rows': z.object({ jobId: z.string() }),
  'queue:clear-finished': z.void(),
  'monitor:history': z.void(),
  'settings:get': z.void(),
  'settings:set': zSettings.partial(),
  /** The default workflow, or the document named on the command line. */
  'workflow:initial': z.void(),
  /** With a path: that file; without: a dialog. */
  'workflow:open': z.object({ path: z.string().nullable() }),
  /** With a path: that file, replaced atomically; without: a dialog. */
  'workflow:save': z.object({ path: z.string().nullable(), workflow: zWorkflow }),
  /** A document taken out of a picture that Headroom made, dropped onto the window. */
  'workflow:from-picture': z.object({ bytes: z.instanceof(Uint8Array) }),
  /** The path of a picture that the person chooses; null where they close the dialog. */
  'image:choose': z.void(),
  /** An address under which the window may load a picture file. Rejected for what is no picture. */
  'image:show': zImageFile,
  /** The text of a CSV file that the person chooses. */
  'table:open': z.void(),
  /** Text for a CSV file, where the person says. */
  'table:save': z.object({ suggestion: z.string().max(100), text: z.string() }),
  /** Keeps the window's title and the unsaved-changes guard right. */
  'window:document': z.object({ title: z.string(), path: z.string().nullable(), modified: z.boolean() }),
  /** "Save, discard or cancel" for a document with unsaved changes. */
  'window:confirm-discard': z.object({ title: z.string() }),
  /** The answer to the `close-request` event. */
  'window:close': z.void(),
} as const;

export interface CallResults {
  'app:info': AppInfo;
  'app:show-in-folder': void;
  'app:open-results-folder': void;
  'app:choose-folder': string | null;
  'engine:status': EngineStatus;
  /** Empty until the engine first said hello; kept over restarts. */
  'engine:nodes': z.infer<typeof zNodeDescriptor>[];
  'engine:restart': void;
  'engine:clear-cache': ClearCacheResult;
  'engine:install-cuda': void;
  'engine:memory-settings': MemorySettings;
  'engine:kept-weights': KeptWeights;
  'engine:delete-kept-weights': KeptWeights;
  'engine:log': z.infer<typeof zLogLine>[];
  'engine:estimate': WorkflowEstimate;
  'models:list': ModelSummary[];
  'models:estimate': ModelEstimate;
  'queue:list': Job[];
  'queue:add': Job;
  'queue:cancel': void;
  'queue:retry': Job;
  'queue:retry-rows': Job;
  'queue:rows': RowResult[];
  'queue:clear-finished': void;
  'monitor:history': z.infer<typeof zDeviceSample>[];
  'settings:get': Settings;
  'settings:set': Settings;
  'workflow:initial': OpenedWorkflow;
  'workflow:open': FileOutcome<OpenedWorkflow>;
  'workflow:save': FileOutcome<{ path: string }>;
  'workflow:from-picture': FileOutcome<OpenedWorkflow>;
  'image:choose': string | null;
  'image:show': ShownFile;
  'table:open': FileOutcome<{ name: string; text: string }>;
  'table:save': FileOutcome<{ path: string }>;
  'window:document': void;
  'window:confirm-discard': 'save' | 'discard' | 'cancel';
  'window:close': void;
}

export type CallName = keyof typeof callSchemas & keyof CallResults;
export type CallParameter<Name extends CallName> = z.infer<(typeof callSchemas)[Name]>;

/** What main tells the window without being asked; at most ten of a kind a second. */
export const eventSchemas = {
  'engine:status': zEngineStatus,
  'engine:nodes': z.array(zNodeDescriptor),
  'engine:memory': zEngineMemory,
  'engine:log': z.array(zLogLine),
  'monitor:sample': zDeviceSample,
  'queue:changed': z.array(zJob),
  'run:event': z.object({
    jobId: z.string(),
    event: zRunEvent,
    /** For an `image` event: the picture with its address. */
    image: zShownImage.optional(),
  }),
  'models:changed': z.null(),
  'settings:changed': zSettings,
  /** A menu item or shortcut that the window carries out. */
  command: z.enum([
    'new',
    'open',
    'save',
    'save-as',
    'undo',
    'redo',
    'run',
    'stop',
    'add-node',
    'settings',
    'recommended-settings',
  ]),
  /** The person wants to close the window: save or discard first, then call `window:close`. */
  'close-request': z.null(),
  /** The person wants this document (second start with a file, file manager): guard unsaved changes, then `workflow:open`. */
  'open-request': z.object({ path: z.string() }),
  /** Something the person should know; what happens before the page first calls `app:info` is told after that call. */
  notice: z.object({ level: z.enum(['info', 'warning', 'error']), message: z.string() }),
} as const;

export type EventName = keyof typeof eventSchemas;
export type EventPayload<Name extends EventName> = z.infer<(typeof eventSchemas)[Name]>;

/** What the preload script exposes as `window.app`: nothing else of Electron reaches the page. */
export interface AppApi {
  call<Name extends CallName>(
    name: Name,
    ...parameter: CallParameter<Name> extends void ? [] : [CallParameter<Name>]
  ): Promise<CallResults[Name]>;
  /** Calls `listener` for each event until the returned function is called. */
  on<Name extends EventName>(name: Name, listener: (payload: EventPayload<Name>) => void): () => void;
  /** The path of a file dropped onto the window; empty for one that is not on disk. */
  pathOf(file: File): string;
}
