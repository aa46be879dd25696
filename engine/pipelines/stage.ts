import { setImmediate } from 'node:timers/promises';
import { HeadroomError } from '../contract/errors.ts';
import type { Phase } from '../contract/events.ts';
import type { Dialect } from '../layers/dialect.ts';
import type { Components } from '../memory/components.ts';
import type { Corrections } from '../memory/corrections.ts';
import type { RememberedPlans } from '../memory/remembered-plans.ts';
import type { DerivedWeights } from './derived/derived-weights.ts';
import type { ModelPrompts } from './prompt.ts';
import type { EncodedTexts } from './run-text-encoder.ts';
import type { Tokenizers } from './tokenizers.ts';

/** The device that stages run on, and what they share there. */
export interface PipelineEnvironment {
  readonly dialect: Dialect;
  readonly components: Components;
  /** What earlier runs had to do to come through. */
  readonly remembered: RememberedPlans;
  /** How estimates were off. */
  readonly corrections: Corrections;
  readonly tokenizers: Tokenizers;
  readonly encodedTexts: EncodedTexts;
  /** The computer's processor as a second device, where the first is another one: for what does not fit there at all. */
  readonly processor?: PipelineEnvironment | undefined;
  /** Weights in the device's type, and with LoRAs in them. */
  readonly derived: DerivedWeights;
  /** Where a textual inversion of that name is; undefined if there is none. */
  embeddingPath(name: string): Promise<string | undefined>;
}

/** What a stage works with and whom it tells. */
export interface Stage {
  readonly environment: PipelineEnvironment;
  readonly signal: AbortSignal;
  /** @param fraction 0 to 1 of the stage's work @param detail words for the person, such as "step 7 of 20" */
  progress(phase: Phase, fraction: number, detail: string): void;
  /** Shows a small picture of what is being drawn; JPEG bytes. */
  preview(jpeg: Uint8Array<ArrayBuffer>): void;
  /** Something the person should know that does not stop the run. @param field the input it is about */
  warning(message: string, field?: string): void;
  /** Memory ran out, or was expected to: what is done about it. @param rung its name, for programs */
  recovery(rung: string, message: string): void;
  /**
   * A costly intermediate result, computed once: a run that fails after it and is repeated with the same inputs finds it
   * again. It is dropped when the run succeeds.
   */
  kept<Value>(name: string, compute: () => Promise<Value>): Promise<Value>;
  /** What the next rows of a table will have encoded at this place, as far as it can be told without running them. */
  coming(): Promise<readonly ModelPrompts[]>;
}

/** The same stage, with its progress in a part of the whole. */
export function within(stage: Stage, from: number, to: number): Stage {
  return {
    ...stage,
    progress: (phase, fraction, detail) => stage.progress(phase, from + (to - from) * fraction, detail),
  };
}

/**
 * Lets messages in, a cancel among them; call it before whatever cannot be stopped.
 *
 * @throws HeadroomError `cancelled`
 */
export async function breathe({ signal }: Pick<Stage, 'signal'>): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new HeadroomError('cancelled', 'The run was stopped.');
}
