import type { SchedulerConfig } from './config.ts';
import { createDdim } from './ddim.ts';
import { createEuler } from './euler.ts';
import { createEulerAncestral } from './euler-ancestral.ts';
import type { Scheduler } from './scheduler.ts';

export interface SchedulerEntry {
  readonly id: SchedulerId;
  readonly title: string;
  /**
   * A scheduler for one run.
   * @param config the model's own configuration
   * @throws HeadroomError `input` for a number of steps that it cannot take, `model` for a configuration that it cannot use
   */
  create(config: SchedulerConfig, steps: number): Scheduler;
}

const IDS = ['ddim', 'euler', 'euler_a'] as const;
export type SchedulerId = (typeof IDS)[number];

/** Every scheduler by id, in the order in which to offer them. */
export const SCHEDULERS: { readonly [Id in SchedulerId]: SchedulerEntry & { readonly id: Id } } = {
  ddim: { id: 'ddim', title: 'DDIM', create: createDdim },
  euler: { id: 'euler', title: 'Euler', create: createEuler },
  euler_a: { id: 'euler_a', title: 'Euler ancestral', create: createEulerAncestral },
};
