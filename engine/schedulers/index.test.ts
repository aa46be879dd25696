import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { denoise, original, run } from '../../tests/support/small-run.ts';
import type { SchedulerConfig } from './config.ts';
import { ownSchedulerId, SCHEDULERS, type SchedulerId } from './index.ts';

const failingNoise = () => {
  throw new Error('no noise');
};

const CONFIG: SchedulerConfig = { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 };
const ids = Object.keys(SCHEDULERS) as SchedulerId[];
const zeros = () => new Float32Array(16);

describe.each(ids)('%s', (id) => {
  const create = (steps = 5) => SCHEDULERS[id].create(CONFIG, steps);

  it('leaves its arguments as they are', () => {
    const scheduler = create();
    const ramp = (from: number) => Float32Array.from({ length: 16 }, (_, i) => from + i / 16);
    let sample: Float32Array = ramp(1);
    for (let index = 0; index < scheduler.timesteps.length; index++) {
      const [before, output, noise] = [sample.slice(), ramp(-2), ramp(3)];
      scheduler.addNoise(sample, noise, index);
      scheduler.scaleModelInput(sample, index);
      const result = scheduler.step(output, index, sample, () => noise);
      expect([sample, output, noise]).toEqual([before, ramp(-2), ramp(3)]);
      expect([...result.sample, ...result.predictedOriginal].every(Number.isFinite)).toBe(true);
      sample = result.sample;
    }
  });

  it('goes on after a step that failed as if it had not been', () => {
    const [smooth, troubled] = [create(), create()];
    let sample: Float32Array = original;
    let troubledSample: Float32Array = original;
    for (let index = 0; index < smooth.timesteps.length; index++) {
      const output = denoise(smooth.scaleModelInput(sample, index), smooth.timesteps[index]!);
      const noise = vi.fn(() => original);
      sample = smooth.step(output, index, sample, noise).sample;

      expect(() => troubled.step(new Float32Array(3), index, troubledSample, noise)).toThrow(/numbers for one sample/);
      if (noise.mock.calls.length > 0) {
        expect(() => troubled.step(output, index, troubledSample, failingNoise)).toThrow('no noise');
      }
      troubledSample = troubled.step(output, index, troubledSample, () => original).sample;
    }
    expect(troubledSample).toEqual(sample);
  });

  it('refuses a timestep that it does not have', () => {
    const scheduler = create();
    for (const index of [-1, scheduler.timesteps.length, 0.5, Number.NaN]) {
      expect(() => scheduler.step(original, index, original, zeros)).toThrow(/was asked for/);
      expect(() => scheduler.addNoise(original, original, index)).toThrow(/was asked for/);
    }
  });

  it.each([0, -1, 2.5, Number.NaN, 1001])('refuses %s steps', (steps) => {
    expect(() => create(steps)).toThrow(expect.objectContaining({ code: 'input', place: { field: 'steps' } }));
  });

  it('takes a single step', () => {
    expect(run(create(1), 0).every(Number.isFinite)).toBe(true);
  });
});

it('offers every scheduler of this folder', () => {
  const index = readFileSync(join(import.meta.dirname, 'index.ts'), 'utf8');
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const creators = files.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/^export function (create\w+)/gm)].map(
      (m) => m[1]!,
    ),
  );
  expect(creators.length).toBeGreaterThan(10);
  for (const creator of creators) expect(index.split(creator).length, creator).toBeGreaterThan(2);
});

describe('ownSchedulerId', () => {
  it.each([
    [{ _class_name: 'PNDMScheduler' }, 'pndm'],
    [{ _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true }, 'euler_karras'],
    [{ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'sde-dpmsolver++' }, 'dpmpp_2m_sde'],
    [{ _class_name: 'HeunDiscreteScheduler', use_karras_sigmas: true }, 'heun'],
    [{ _class_name: 'SomebodysOwnScheduler' }, null],
    [{ _class_name: 'constructor' }, null],
    [{}, null],
  ] as const)('of %j is %s', (config, id) => {
    expect(ownSchedulerId(config)).toBe(id);
  });
});
