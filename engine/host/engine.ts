import type { ModelEstimate, WorkflowEstimate } from '../contract/estimate.ts';
import type { RunEvent } from '../contract/events.ts';
import type { ClearCacheResult, EngineMemory } from '../contract/memory.ts';
import type { ModelSummary } from '../contract/models.ts';
import type {
  BusyLease,
  EngineDescription,
  KeptWeights,
  LogLine,
  MemorySettings,
  RunRequest,
} from '../contract/protocol.ts';
import type { Workflow } from '../contract/workflow.ts';

/** What the engine tells whoever started it, besides the events of a run. */
export interface EngineHooks {
  onLease(lease: BusyLease | null): void;
  onMemory(memory: EngineMemory): void;
  onLog(level: LogLine['level'], message: string): void;
}

export interface RunControl {
  signal: AbortSignal;
  onEvent(event: RunEvent): void;
}

/** The engine without a process around it: the utility process, the command line, tests and benchmarks each hold one. */
export interface Engine {
  describe(): EngineDescription;
  listModels(): Promise<ModelSummary[]>;
  memorySettings(): MemorySettings;
  keptWeights(): KeptWeights;
  /** @throws HeadroomError `input` while a run is at work */
  deleteKeptWeights(): Promise<KeptWeights>;
  /** Settles when the run is over, failed or not: `done` is its last event, exactly once. */
  run(request: RunRequest, control: RunControl): Promise<void>;
  /** What a run of the document will need of the device's memory; loads nothing. */
  estimate(workflow: Workflow): Promise<WorkflowEstimate>;
  /** What a picture with a model of the library will need; loads nothing. @throws HeadroomError for one that is not usable */
  estimateModel(id: string): Promise<ModelEstimate>;
  clearCache(): Promise<ClearCacheResult>;
}
