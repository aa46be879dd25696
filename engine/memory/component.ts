import type { OnnxModel } from '../onnx/graph-builder.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { MemoryPlan } from './plan.ts';

/** A network that can be made resident. */
export interface ComponentSource {
  /** The model's id and the component's name: what the ledger and errors call it, and what it is shared by. */
  readonly model: string;
  readonly component: string;
  /** Changes with the files and the graph: a component that was loaded from others is not lent. */
  readonly version: string;
  /** What its estimates are corrected by once a run was measured, see `Corrections`; left out where that says nothing. */
  readonly correctedAs?: string;
  /** Into how many parts its weights are cut, so that not all need be in memory at once; 1 to keep it whole. */
  readonly parts?: number;
  build(): OnnxModel | Promise<OnnxModel>;
  /** Whether `build` has nothing to make of its files first, which takes a while and tells how far it is; by default it has not. */
  isPrepared?(): boolean;
}

/** The use of a resident component, until `release`. */
export interface ComponentLease {
  /**
   * Runs the network once, which can be ended only between its parts, by a pause.
   *
   * @param what in words for the log, such as "denoise step 3 of 20"
   * @param kind what runs of about the same duration share, such as the shape
   */
  run(inputs: Readonly<Record<string, Tensor>>, what: string, kind: string): Promise<Record<string, Tensor>>;
  /** Gives the component back: it stays resident until it is evicted. Safe to call twice. */
  release(): void;
}

/** How a component is lent. */
export interface LeaseConditions {
  /** What else may stay in memory: see `MemoryPlan`. By default whatever leaves room for its weights. */
  readonly residency?: MemoryPlan['residency'] | undefined;
  /** What the values of a run need at most by its graph, if that is known. */
  readonly activationBytes?: number | undefined;
  /** Between the parts of a run: lets messages in, and ends the run by what it throws. */
  pause?(): Promise<void>;
}
