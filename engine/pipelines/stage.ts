import { setImmediate } from 'node:timers/promises';
import { HeadroomError } from '../contract/errors.ts';
import type { Phase } from '../contract/events.ts';
import { componentUpdates } from '../families/adapters.ts';
import type { ComponentRecord } from '../families/family.ts';
import { componentDialect, componentTensors, denoiserOf, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import type { ComponentLease, LeaseConditions } from '../memory/component.ts';
import type { Components } from '../memory/components.ts';
import type { Corrections } from '../memory/corrections.ts';
import type { RememberedPlans } from '../memory/remembered-plans.ts';
import type { StoredTensor } from '../weights/stored-tensor.ts';
import type { DerivedWeights } from './derived/derived-weights.ts';
import { loadedGraph, loadedVersion } from './loaded-graph.ts';
import { networkName } from './network-need.ts';
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
 * Lets messages in, a cancel among them; call it before whatever blocks.
 *
 * @throws HeadroomError `cancelled`
 */
export async function breathe({ signal }: Pick<Stage, 'signal'>): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new HeadroomError('cancelled', 'The run was stopped.');
}

/** How a component is lent: by default as the device has it, beside those that are resident already. */
export interface LeaseOptions extends Omit<LeaseConditions, 'pause'> {
  readonly dialect?: Dialect;
  /** Whether what its runs are estimated at is meant for each of them, and not for the largest of several networks. */
  readonly isEstimated?: boolean;
  /** Into how many parts its weights are cut. Those that stay take the place of other components. */
  readonly parts?: number;
}

/** Lends a component of a model to `use`, and takes it back whatever happens. */
export async function withComponent<Result>(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  use: (lease: ComponentLease) => Promise<Result>,
  {
    dialect: device = stage.environment.dialect,
    residency = 'resident',
    parts = 1,
    activationBytes,
    isEstimated = true,
  }: LeaseOptions = {},
): Promise<Result> {
  const { components } = stage.environment;
  // Such as "vae_decoder.head": which part of it is of no use to a person.
  const [network = ''] = component.name.split('.', 1);
  stage.progress('load', 0, `loading ${network.replaceAll('_', ' ')}`);
  await breathe(stage);
  const dialect = componentDialect(model, component, device);
  const source = {
    model: model.id,
    component: component.name,
    version: loadedVersion(model, component, dialect),
    ...(isEstimated && { correctedAs: networkName(model, component, dialect) }),
    parts,
    build: async () => {
      // A tensor that a LoRA changes takes the place of the same one without it.
      const derived = [
        ...(await convertedTensors(stage, model, component, dialect)),
        ...(await mergedTensors(stage, model, component, dialect)),
      ];
      return loadedGraph(model, component, dialect, derived);
    },
  };
  const lease = await components.lease(source, {
    residency: parts > 1 ? 'alone' : residency,
    activationBytes,
    pause: () => breathe(stage),
  });
  try {
    await breathe(stage);
    return await use(lease);
  } finally {
    lease.release();
  }
}

/**
 * The tensors of a component as the device wants them, where its files have some in a type or an order that it cannot use as it
 * is. Where they cannot be kept, it turns them each time it loads or uses them.
 */
async function convertedTensors(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
): Promise<readonly StoredTensor[]> {
  const { derived } = stage.environment;
  if (model.isInEightBits && component === denoiserOf(model) && !dialect.matrixType) {
    stage.warning('This device does not keep weights in eight bits: they are used as they are stored.');
  }
  try {
    return await derived.converted(componentTensors(model, component), dialect, async (index, count) => {
      const percent = Math.floor((100 * index) / count);
      stage.progress('load', index / count, `preparing ${component.name} for this device, once: ${percent} %`);
      await breathe(stage);
    });
  } catch (thrown) {
    if (!(thrown instanceof HeadroomError && thrown.code === 'file')) throw thrown;
    const consequence = dialect.matrixType
      ? 'turned into eight bits'
      : 'kept as this device wants them: it turns them itself, which is slower';
    stage.warning(`The weights of ${component.name} are not ${consequence}. ${thrown.message}`);
    return [];
  }
}

/** The tensors of a component that LoRAs change, as they change them. */
async function mergedTensors(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
): Promise<readonly StoredTensor[]> {
  const updates = componentUpdates(model, component);
  if (updates.length === 0) return [];
  const tensors = componentTensors(model, component);
  return stage.environment.derived.merged(tensors, updates, dialect, async (index, count) => {
    stage.progress('load', index / count, `adding LoRAs to ${component.name}`);
    await breathe(stage);
  });
}
