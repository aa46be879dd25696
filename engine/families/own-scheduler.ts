import type { SchedulerConfig } from '../schedulers/config.ts';
import type { SchedulerId } from '../schedulers/index.ts';

/** What diffusers calls our schedulers. */
const CLASS_NAMES: Record<SchedulerId, string> = {
  ddim: 'DDIMScheduler',
  euler: 'EulerDiscreteScheduler',
  euler_a: 'EulerAncestralDiscreteScheduler',
};

/** The scheduler that a model's configuration was written for, if it is one of ours. */
export function ownScheduler({ _class_name: name }: SchedulerConfig): SchedulerId | undefined {
  return (Object.keys(CLASS_NAMES) as SchedulerId[]).find((id) => CLASS_NAMES[id] === name);
}
