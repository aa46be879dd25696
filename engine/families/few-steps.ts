import type { SchedulerConfig } from '../schedulers/config.ts';
import { ownSchedulerId } from '../schedulers/index.ts';
import type { Family, FamilyDefaults } from './family.ts';

const FEW_STEPS = { steps: 4, guidanceScale: 1 } as const;

/**
 * What a family says of a model with that scheduler. Models that were distilled to a few steps without guidance (turbo,
 * Lightning, LCM) have the networks of their family; only the scheduler that they come with tells, or a name: `toldByName`.
 */
export function defaultsWith(config: SchedulerConfig, { defaults, schedulers }: Family): FamilyDefaults {
  const own = ownSchedulerId(config);
  const scheduler = own && schedulers.includes(own) ? own : defaults.scheduler;
  return isForFewSteps(config, own) ? { ...FEW_STEPS, scheduler } : { ...defaults, scheduler };
}

/**
 * LCM's own scheduler, or Euler's method from the very last timestep on, which spaces few steps better. Models that were
 * trained down to zero signal begin there, too, but take as many steps as others.
 */
function isForFewSteps(config: SchedulerConfig, own: string | null): boolean {
  if (own === 'lcm') return true;
  const fromTheEnd = config.timestep_spacing === 'trailing' && !config.rescale_betas_zero_snr;
  return fromTheEnd && (own === 'euler' || own === 'euler_a') && config.prediction_type !== 'v_prediction';
}

/** Anywhere in a name: people write turboDpmpp and v2Lightning4Steps. */
const LCM = /lcm/i;
const FROM_THE_END = /turbo|lightning|hyper[-_]?sd/i;

/**
 * What the name of a single file tells of a Stable Diffusion that was distilled: nothing in such files does, and with many
 * steps and guidance they draw glaring colours.
 *
 * @param config the scheduler's, as its kind of model has it
 */
export function toldByName(name: string, config: SchedulerConfig): { config: SchedulerConfig; steps?: number } {
  if (ownSchedulerId(config) === 'flow_match_euler' || !(LCM.test(name) || FROM_THE_END.test(name))) return { config };
  const [, steps] = /(?<!\d)(\d{1,2})[-_ ]?steps?/i.exec(name) ?? [];
  const scheduler: SchedulerConfig = LCM.test(name)
    ? { _class_name: 'LCMScheduler' }
    : { _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'trailing' };
  return { config: { ...config, ...scheduler }, ...(steps ? { steps: Number(steps) } : {}) };
}
