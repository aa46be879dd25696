import type { SchedulerConfig } from './config.ts';
import { createDdim } from './ddim.ts';
import { createDdpm } from './ddpm.ts';
import { createDeis } from './deis.ts';
import { createDpmSolver } from './dpm-solver.ts';
import { createEuler } from './euler.ts';
import { createEulerAncestral } from './euler-ancestral.ts';
import { createFlowMatchEuler, type FlowOptions } from './flow-match-euler.ts';
import { createHeun } from './heun.ts';
import { createLcm } from './lcm.ts';
import { createLms } from './lms.ts';
import { createPndm } from './pndm.ts';
import type { Scheduler } from './scheduler.ts';
import { createUnipc } from './unipc.ts';

export interface SchedulerEntry {
  readonly id: SchedulerId;
  readonly title: string;
  /**
   * A scheduler for one run.
   * @param config the model's own configuration
   * @param options for flow matching only
   * @throws HeadroomError `input` for a number of steps that it cannot take, `model` for a configuration that it cannot use
   */
  create(config: SchedulerConfig, steps: number, options?: FlowOptions): Scheduler;
}

const IDS = [
  'ddim',
  'euler',
  'euler_karras',
  'euler_a',
  'dpmpp_2m',
  'dpmpp_2m_karras',
  'dpmpp_2m_sde',
  'dpmpp_2m_sde_karras',
  'heun',
  'lms',
  'unipc',
  'deis',
  'pndm',
  'ddpm',
  'lcm',
  'flow_match_euler',
] as const;
export type SchedulerId = (typeof IDS)[number];

const KARRAS = { use_karras_sigmas: true, use_exponential_sigmas: false, use_beta_sigmas: false } as const;
/** Who chooses the scheduler without Karras sigmas gets none, even if the model's configuration has them. */
const NO_KARRAS = { use_karras_sigmas: false } as const;

/** Every scheduler by id, in the order in which to offer them. */
export const SCHEDULERS: { readonly [Id in SchedulerId]: SchedulerEntry & { readonly id: Id } } = {
  ddim: { id: 'ddim', title: 'DDIM', create: createDdim },
  euler: {
    id: 'euler',
    title: 'Euler',
    create: (config, steps) => createEuler({ ...config, ...NO_KARRAS }, steps),
  },
  euler_karras: {
    id: 'euler_karras',
    title: 'Euler Karras',
    create: (config, steps) => createEuler({ ...config, ...KARRAS }, steps),
  },
  euler_a: { id: 'euler_a', title: 'Euler ancestral', create: createEulerAncestral },
  dpmpp_2m: {
    id: 'dpmpp_2m',
    title: 'DPM++ 2M',
    create: (config, steps) => createDpmSolver({ ...config, ...NO_KARRAS }, steps, { sde: false }),
  },
  dpmpp_2m_karras: {
    id: 'dpmpp_2m_karras',
    title: 'DPM++ 2M Karras',
    create: (config, steps) => createDpmSolver({ ...config, ...KARRAS }, steps, { sde: false }),
  },
  dpmpp_2m_sde: {
    id: 'dpmpp_2m_sde',
    title: 'DPM++ 2M SDE',
    create: (config, steps) => createDpmSolver({ ...config, ...NO_KARRAS }, steps, { sde: true }),
  },
  dpmpp_2m_sde_karras: {
    id: 'dpmpp_2m_sde_karras',
    title: 'DPM++ 2M SDE Karras',
    create: (config, steps) => createDpmSolver({ ...config, ...KARRAS }, steps, { sde: true }),
  },
  heun: { id: 'heun', title: 'Heun', create: createHeun },
  lms: { id: 'lms', title: 'LMS', create: createLms },
  unipc: { id: 'unipc', title: 'UniPC', create: createUnipc },
  deis: { id: 'deis', title: 'DEIS', create: createDeis },
  pndm: { id: 'pndm', title: 'PNDM', create: createPndm },
  ddpm: { id: 'ddpm', title: 'DDPM', create: createDdpm },
  lcm: { id: 'lcm', title: 'LCM', create: createLcm },
  flow_match_euler: { id: 'flow_match_euler', title: 'Flow matching Euler', create: createFlowMatchEuler },
};

const ID_OF_CLASS = {
  DDIMScheduler: 'ddim',
  EulerDiscreteScheduler: 'euler',
  EulerAncestralDiscreteScheduler: 'euler_a',
  DPMSolverMultistepScheduler: 'dpmpp_2m',
  HeunDiscreteScheduler: 'heun',
  LMSDiscreteScheduler: 'lms',
  UniPCMultistepScheduler: 'unipc',
  DEISMultistepScheduler: 'deis',
  PNDMScheduler: 'pndm',
  DDPMScheduler: 'ddpm',
  LCMScheduler: 'lcm',
  FlowMatchEulerDiscreteScheduler: 'flow_match_euler',
} as const satisfies Record<string, SchedulerId>;

/** The scheduler that a configuration was written for, by its diffusers class and settings; null if it is none of these. */
export function ownSchedulerId(config: SchedulerConfig): SchedulerId | null {
  const name = config._class_name ?? '';
  if (!isKnownClass(name)) return null;
  const id = ID_OF_CLASS[name];
  const solver = id === 'dpmpp_2m' && config.algorithm_type?.startsWith('sde') ? 'dpmpp_2m_sde' : id;
  const variant = `${solver}_karras`;
  return config.use_karras_sigmas && isSchedulerId(variant) ? variant : solver;
}

function isKnownClass(name: string): name is keyof typeof ID_OF_CLASS {
  return Object.hasOwn(ID_OF_CLASS, name);
}

function isSchedulerId(id: string): id is SchedulerId {
  return Object.hasOwn(SCHEDULERS, id);
}
