import { describe, expect, it } from 'vitest';
import { difference, original, run } from '../../tests/support/small-run.ts';
import type { SchedulerConfig } from './config.ts';
import { dynamicShift } from './flow-match-euler.ts';
import { SCHEDULERS } from './index.ts';

const CONFIG: SchedulerConfig = { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 };
const ramp = Float32Array.from({ length: 16 }, (_, i) => i / 4 - 2);
const noNoise = () => new Float32Array(16);

describe('zero terminal SNR', () => {
  const impossible: SchedulerConfig = { ...CONFIG, rescale_betas_zero_snr: true, timestep_spacing: 'trailing' };

  it.each(['ddim', 'ddpm', 'lcm'] as const)('refuses %s with epsilon prediction from pure noise', (id) => {
    expect(() => SCHEDULERS[id].create(impossible, 10)).toThrow(
      /rescale_betas_zero_snr with prediction_type "epsilon"/,
    );
    expect(() => SCHEDULERS[id].create({ ...impossible, prediction_type: 'v_prediction' }, 10)).not.toThrow();
  });
});

it('euler_a takes the original itself as a prediction, as the noise that leads to it', () => {
  const [byNoise, byOriginal] = (['epsilon', 'sample'] as const).map((prediction_type) =>
    SCHEDULERS.euler_a.create({ ...CONFIG, prediction_type }, 10),
  );
  const sigma = byNoise!.sigmas![3]!;
  const noise = ramp.map((value, i) => (value - original[i]!) / sigma);
  const expected = byNoise!.step(noise, 3, ramp, () => original).sample;
  expect(difference(byOriginal!.step(original, 3, ramp, () => original).sample, expected)).toBeLessThan(1e-6);
});

it('pndm takes the original itself as a prediction, as the noise that leads to it', () => {
  const [byNoise, byOriginal] = (['epsilon', 'sample'] as const).map((prediction_type) =>
    SCHEDULERS.pndm.create({ ...CONFIG, prediction_type }, 10),
  );
  const expected = byNoise!.step(ramp, 0, original, noNoise);
  const actual = byOriginal!.step(expected.predictedOriginal, 0, original, noNoise);
  expect(difference(actual.sample, expected.sample)).toBeLessThan(1e-5);
});

it('lms begins with an Euler step wherever it begins', () => {
  const [lms, euler] = [SCHEDULERS.lms.create(CONFIG, 10), SCHEDULERS.euler.create(CONFIG, 10)];
  const [first, expected] = [lms, euler].map((scheduler) => scheduler.step(original, 5, ramp, noNoise).sample);
  expect(difference(first!, expected!)).toBeLessThan(1e-6);
});

it.each(['heun', 'lms', 'unipc', 'deis', 'pndm', 'dpmpp_2m'] as const)('%s takes its steps in order only', (id) => {
  const scheduler = SCHEDULERS[id].create(CONFIG, 10);
  const sample = scheduler.step(original, 2, ramp, noNoise).sample;
  expect(() => scheduler.step(original, 2, sample, noNoise)).toThrow(/step 2 after step 2/);
  expect(() => scheduler.step(original, 4, sample, noNoise)).toThrow(/step 4 after step 2/);
  expect(() => scheduler.step(original, 3, sample, noNoise)).not.toThrow();
});

it('unipc ends in finite numbers with either choice of B(h)', () => {
  const config: SchedulerConfig = { ...CONFIG, solver_type: 'bh1', lower_order_final: false };
  expect(run(SCHEDULERS.unipc.create(config, 10), 0).every(Number.isFinite)).toBe(true);
});

it('solvers refuse more steps than there are noise levels', () => {
  expect(() => SCHEDULERS.dpmpp_2m.create({ ...CONFIG, timestep_spacing: 'leading' }, 1000)).toThrow(
    expect.objectContaining({ code: 'input', place: { field: 'steps' } }),
  );
});

it('lcm refuses more steps than its distillation has', () => {
  expect(() => SCHEDULERS.lcm.create(CONFIG, 51)).toThrow(/takes 1 to 50/);
  expect(() => SCHEDULERS.lcm.create({ ...CONFIG, original_inference_steps: 2000 }, 4)).toThrow(
    /original_inference_steps/,
  );
});

describe('flow matching', () => {
  it('shifts by the configured line between its two picture sizes', () => {
    expect(dynamicShift({}, 256)).toBeCloseTo(0.5, 12);
    expect(dynamicShift({}, 4096)).toBeCloseTo(1.15, 12);
    expect(dynamicShift({ base_shift: 1, max_shift: 1 }, 1234)).toBeCloseTo(1, 12);
  });

  it('asks for what its configuration needs', () => {
    const { create } = SCHEDULERS.flow_match_euler;
    expect(() => create({ use_dynamic_shifting: true }, 4)).toThrow(/without the shift/);
    expect(() => create({}, 4, { sigmas: [1, 0.5] })).toThrow(/2 noise levels were given for 4 steps/);
  });

  it('arrives at the original along its velocity', () => {
    const scheduler = SCHEDULERS.flow_match_euler.create({ shift: 3 }, 4);
    const velocity = ramp.map((noise, i) => noise - original[i]!);
    let sample: Float32Array = ramp;
    for (const index of scheduler.timesteps.keys()) {
      const result = scheduler.step(velocity, index, sample, noNoise);
      expect(difference(result.predictedOriginal, original)).toBeLessThan(1e-6);
      sample = result.sample;
    }
    expect(difference(sample, original)).toBeLessThan(1e-6);
  });
});
