import { describe, expect, it } from 'vitest';
import { readReferenceJson } from '../../tests/support/fixtures.ts';
import { TorchGenerator } from '../tensor/noise.ts';
import type { SchedulerConfig } from './config.ts';
import { SCHEDULERS, type SchedulerId } from './index.ts';
import type { Scheduler } from './scheduler.ts';

interface RecordedRun {
  scheduler: SchedulerId;
  config: SchedulerConfig;
  steps: number;
  start: number;
  timesteps: number[];
  sigmas: number[] | null;
  initNoiseSigma: number;
  final: number[];
}

const { fround } = Math;
const original = Float32Array.from({ length: 16 }, (_, i) => ((i % 7) - 3) / 4);

/** The denoiser of tests/reference/schedulers/record.py. */
function denoise(sample: Float32Array, timestep: number): Float32Array {
  const weight = fround(fround(timestep / fround(timestep + 500)) - 0.25);
  return sample.map((value, i) => fround(value * weight) + original[i]!);
}

function run(scheduler: Scheduler, start: number): Float32Array {
  const generator = new TorchGenerator(7);
  const noise = () => generator.randn([1, 4, 2, 2]).data;
  const first = start * scheduler.order;
  let sample =
    start > 0 ? scheduler.addNoise(original, noise(), first) : noise().map((value) => value * scheduler.initNoiseSigma);
  for (let index = first; index < scheduler.timesteps.length; index++) {
    const modelOutput = denoise(scheduler.scaleModelInput(sample, index), scheduler.timesteps[index]!);
    sample = scheduler.step(modelOutput, index, sample, noise).sample;
  }
  return sample;
}

/** The largest difference, relative to the largest value. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const largest = (values: number[]) => Math.max(...values.map(Math.abs));
  return largest(Array.from(actual, (value, i) => value - expected[i]!)) / largest(Array.from(expected));
}

/** The largest difference of two sequences of sigmas, each relative to its own value. */
function sigmaDifference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((sigma, i) => (sigma === 0 ? actual[i]! : Math.abs(actual[i]! / sigma - 1))));
}

/**
 * PyTorch takes square roots with a library that does not round correctly, and differently from one processor to the next.
 * With zero terminal SNR that reaches the sixth digit of the sigmas, and Euler's first step, which subtracts samples of a
 * magnitude of 4096, makes more of it.
 */
const ZERO_SNR_SIGMA_BOUND = 3e-6;
const ZERO_SNR_EULER_BOUND = 3e-5;

describe('schedulers', () => {
  const runs = readReferenceJson<RecordedRun[]>('schedulers/schedulers.json').map((recorded) => ({
    ...recorded,
    title: JSON.stringify({ ...recorded.config, steps: recorded.steps, start: recorded.start }),
  }));

  it.each(runs)('$scheduler agrees with diffusers for $title', (recorded) => {
    const { config, steps, start, timesteps, sigmas, initNoiseSigma, final } = recorded;
    const zeroSnr = config.rescale_betas_zero_snr;
    const scheduler = SCHEDULERS[recorded.scheduler].create(config, steps);

    expect(scheduler.timesteps).toEqual(timesteps);
    expect(Math.abs(scheduler.initNoiseSigma / initNoiseSigma - 1)).toBeLessThan(zeroSnr ? ZERO_SNR_SIGMA_BOUND : 1e-6);
    if (sigmas) {
      expect(sigmaDifference(scheduler.sigmas ?? [], sigmas)).toBeLessThan(zeroSnr ? ZERO_SNR_SIGMA_BOUND : 1e-6);
    }
    const bound = zeroSnr && recorded.scheduler === 'euler' ? ZERO_SNR_EULER_BOUND : 1e-5;
    expect(difference(run(scheduler, start), final)).toBeLessThan(bound);
  });
});
