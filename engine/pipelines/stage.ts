import { setImmediate } from 'node:timers/promises';
import { HeadroomError } from '../contract/errors.ts';
import type { Phase } from '../contract/events.ts';
import type { ComponentRecord } from '../families/family.ts';
import { buildComponent, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import type { ComponentLease, Components } from '../memory/components.ts';
import type { Tokenizers } from './tokenizers.ts';

/** The device that stages run on, and what they share there. */
export interface PipelineEnvironment {
  readonly dialect: Dialect;
  readonly components: Components;
  readonly tokenizers: Tokenizers;
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
  /**
   * A costly intermediate result, computed once: a run that fails after it and is repeated with the same inputs finds it
   * again. It is dropped when the run succeeds.
   */
  kept<Value>(name: string, compute: () => Promise<Value>): Promise<Value>;
}

/** The same stage, with its progress in a part of the whole. */
export function within(stage: Stage, from: number, to: number): Stage {
  return {
    ...stage,
    progress: (phase, fraction, detail) => stage.progress(phase, from + (to - from) * fraction, detail),
  };
}

/**
 * Lets messages in, a cancel among them; call it before whatever blocks.
 *
 * @throws HeadroomError `cancelled`
 */
export async function breathe({ signal }: Pick<Stage, 'signal'>): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new HeadroomError('cancelled', 'The run was stopped.');
}

/** Lends a component of a model to `use`, and takes it back whatever happens. */
export async function withComponent<Result>(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  use: (lease: ComponentLease) => Promise<Result>,
): Promise<Result> {
  const { components, dialect } = stage.environment;
  stage.progress('load', 0, `loading ${component.name}`);
  await breathe(stage);
  const lease = await components.lease({
    model: model.id,
    component: component.name,
    version: model.fingerprint,
    weightSize: dialect.computeType === 'float16' ? 2 : 4,
    build: () => buildComponent(model, component, dialect),
  });
  try {
    await breathe(stage);
    return await use(lease);
  } finally {
    lease.release();
  }
}
