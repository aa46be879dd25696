import type { Scheduler } from '../../engine/schedulers/scheduler.ts';
import { TorchGenerator } from '../../engine/tensor/noise.ts';

const { fround } = Math;
/** What the small denoiser draws, and what a run that begins later begins with. */
export const original = Float32Array.from({ length: 16 }, (_, i) => ((i % 7) - 3) / 4);

/** The denoiser of tests/reference/schedulers/record.py. */
export function denoise(sample: Float32Array, timestep: number): Float32Array {
  const weight = fround(fround(timestep / fround(timestep + 500)) - 0.25);
  return sample.map((value, i) => fround(value * weight) + original[i]!);
}

/** The whole run of tests/reference/schedulers/record.py, from seed 7. */
export function run(scheduler: Scheduler, start: number): Float32Array {
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
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const largest = (values: number[]) => Math.max(...values.map(Math.abs));
  return largest(Array.from(actual, (value, i) => value - expected[i]!)) / largest(Array.from(expected));
}
