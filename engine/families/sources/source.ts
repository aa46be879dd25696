import type { SchedulerConfig } from '../../schedulers/config.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import type { ComponentRecord, TextEncoderRecord } from '../family.ts';
import type { ModelSettings } from './model-settings.ts';

/** A network as it lies on disk. */
export interface SourceNetwork {
  /** What its `config.json` says, or would say. */
  readonly config: unknown;
  /** The file that tells the config, for errors. */
  readonly configPath: string;
  /** All files that it is read from. */
  readonly files: readonly string[];
  /** Its tensors under the names that networks ask for. @throws HeadroomError `file` */
  tensors(): readonly StoredTensor[];
}

/** Where a text encoder's tokenizer is. */
export interface SourceTokenizer {
  readonly folder: string;
  /** What short prompts are filled up with; by default what the folder's own files say. */
  readonly padToken?: string | undefined;
}

export interface SourceScheduler {
  readonly config: SchedulerConfig;
  readonly files: readonly string[];
}

/** How the latents of a VAE are scaled, by the fields of its config. */
export interface LatentScaling {
  readonly scaling_factor?: unknown;
  readonly shift_factor?: unknown;
}

/** Where a model's parts are, whatever form it has on disk. Nothing of it is loaded. */
export interface ModelSource {
  /** The folder or file. */
  readonly path: string;
  readonly name: string;
  /** What the model's makers recommend. */
  readonly settings: ModelSettings;
  /** The `_class_name` of the pipeline that it was made for; undefined for a part that is no model by itself. */
  readonly pipelineClass: string | undefined;
  /** Whether nothing stands for an empty negative prompt, where the model says so. */
  readonly zeroEmptyNegative?: boolean | undefined;
  /** How the VAE's latents are scaled that the denoiser was trained on. */
  readonly latentScaling: LatentScaling;
  has(component: ComponentRecord): boolean;
  /** @throws HeadroomError `model` or `file`, saying what is missing and what to do */
  network(component: ComponentRecord): SourceNetwork;
  /** @throws HeadroomError `model` if there is none that belongs to the encoder */
  tokenizer(encoder: TextEncoderRecord): SourceTokenizer;
  /** @throws HeadroomError `model` or `file` */
  scheduler(): SourceScheduler;
}
