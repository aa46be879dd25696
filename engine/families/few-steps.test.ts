import { expect, it } from 'vitest';
import type { SchedulerConfig } from '../schedulers/config.ts';
import { defaultsWith, toldByName } from './few-steps.ts';
import { fluxSchnell } from './flux.ts';
import { sdxl } from './sdxl.ts';

const usual: SchedulerConfig = {
  _class_name: 'EulerDiscreteScheduler',
  timestep_spacing: 'leading',
  prediction_type: 'epsilon',
};

it.each([
  ['sd_xl_turbo_1.0_fp16', 'euler', undefined],
  ['sdxl_lightning_8step', 'euler', 8],
  ['juggernautXL_v9Lightning4Steps', 'euler', 4],
  ['Hyper-SDXL-1step-Unet', 'euler', 1],
  ['dreamshaperXL_turboDpmppSDE', 'euler', undefined],
  ['lcm-sdxl', 'lcm', undefined],
])('the file %s is for few steps without guidance, with the scheduler %s', (name, scheduler, steps) => {
  const told = toldByName(name, usual);
  expect(told.steps).toBe(steps);
  expect(defaultsWith(told.config, sdxl)).toEqual({ steps: 4, guidanceScale: 1, scheduler });
});

it.each(['sd_xl_base_1.0', 'hyperRealism_30', 'model_after_40000_steps'])('the file %s is as its kind', (name) => {
  expect(toldByName(name, usual)).toEqual({ config: usual });
});

it('FLUX has its own scheduler, whatever a file is called', () => {
  const flow: SchedulerConfig = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 1 };
  const told = toldByName('flux1-turbo-schnell', flow);
  expect(told).toEqual({ config: flow });
  expect(defaultsWith(told.config, fluxSchnell)).toEqual(fluxSchnell.defaults);
});
