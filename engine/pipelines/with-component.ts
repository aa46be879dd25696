import type { ComponentRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import type { ComponentLease, LeaseConditions } from '../memory/component.ts';
import { componentSource, type SourceOptions } from './component-source.ts';
import { breathe, type Stage } from './stage.ts';

/** How a component is lent: by default as the device has it, beside those that are resident already. */
export type LeaseOptions = Omit<LeaseConditions, 'pause'> & SourceOptions;

/** Lends a component of a model to `use`, and takes it back whatever happens. */
export async function withComponent<Result>(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  use: (lease: ComponentLease) => Promise<Result>,
  { dialect, residency = 'resident', parts = 1, activationBytes, isEstimated = true }: LeaseOptions = {},
): Promise<Result> {
  const { components } = stage.environment;
  // Such as "vae_decoder.head": which part of it is of no use to a person.
  const [network = ''] = component.name.split('.', 1);
  stage.progress('load', 0, `loading ${network.replaceAll('_', ' ')}`);
  await breathe(stage);
  const source = componentSource(stage, model, component, { dialect, parts, isEstimated });
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
