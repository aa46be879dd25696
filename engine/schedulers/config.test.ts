import { describe, expect, it } from 'vitest';
import { parseSchedulerConfig } from './config.ts';

const parse = (text: string) => parseSchedulerConfig(text, 'scheduler/scheduler_config.json');

describe('parseSchedulerConfig', () => {
  it('takes what diffusers writes: unknown settings, nulls and infinities', () => {
    const text = `{
      "_class_name": "DPMSolverMultistepScheduler", "_diffusers_version": "0.40.0", "some_new_setting": [1],
      "trained_betas": null, "use_karras_sigmas": null, "lambda_min_clipped": -Infinity, "solver_order": 2
    }`;
    expect(parse(text)).toEqual({
      _class_name: 'DPMSolverMultistepScheduler',
      lambda_min_clipped: Number.NEGATIVE_INFINITY,
      solver_order: 2,
    });
  });

  it.each([
    ['{"timestep_spacing": "random"}', /timestep_spacing: .*linspace/],
    ['{"num_train_timesteps": 0}', /num_train_timesteps: /],
    ['{"num_train_timesteps": 1e12}', /num_train_timesteps: /],
    ['{"beta_start": "0.1"}', /beta_start: /],
    ['{"prediction_type": "flow_prediction"}', /prediction_type: /],
    ['{"thresholding": true}', /thresholding: only false is supported/],
    ['{"shift_terminal": 0.1}', /shift_terminal: only null is supported/],
    ['{"use_karras_sigmas": true, "use_beta_sigmas": true}', /use_karras_sigmas: only one/],
    ['{"beta_start": 0.1', /not a usable scheduler configuration: .*JSON/],
    ['[]', /not a table of settings/],
    ['null', /not a table of settings/],
  ])('refuses %s, naming the file and the field', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'model' }));
    expect(() => parse(text)).toThrow(/^scheduler\/scheduler_config\.json/);
  });
});
