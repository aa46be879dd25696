import { describe, expect, it } from 'vitest';
import { readReferenceJson, readReferenceTensors } from '../../tests/support/fixtures.ts';
import { difference, run } from '../../tests/support/small-run.ts';
import { parseSchedulerConfig, type SchedulerConfig } from './config.ts';
import type { FlowOptions } from './flow-match-euler.ts';
import { ownSchedulerId, SCHEDULERS, type SchedulerId } from './index.ts';

interface RecordedRun {
  scheduler: SchedulerId;
  config: SchedulerConfig;
  steps: number;
  start: number;
  options: FlowOptions;
  timesteps: number[];
  sigmas: number[] | null;
  initNoiseSigma: number;
  /** Null where only the timesteps are of interest. */
  final: number[] | null;
}

/** The largest difference of two sequences of sigmas, each relative to its own value. */
function sigmaDifference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((sigma, i) => (sigma === 0 ? actual[i]! : Math.abs(actual[i]! / sigma - 1))));
}

/** Timesteps that are found by interpolation have the rounding of float32 logarithms, which differs; others are exact. */
function expectTimesteps(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const whole = expected.every(Number.isInteger);
  expect(Math.max(...expected.map((timestep, i) => Math.abs(timestep - actual[i]!)))).toBeLessThan(whole ? 1e-9 : 2e-4);
}

/**
 * PyTorch takes square roots with a library that does not round correctly, and differently from one processor to the next.
 * With zero terminal SNR that reaches the sixth digit of the sigmas, and Euler's first step, which subtracts samples of a
 * magnitude of 4096, makes more of it.
 */
const ZERO_SNR_SIGMA_BOUND = 3e-6;
const ZERO_SNR_EULER_BOUND = 3e-5;
/** Of third order, diffusers sums terms in float32 that almost cancel; this engine does it in double. */
const THIRD_ORDER_DEIS_BOUND = 3e-5;

function boundOf({ scheduler, config }: RecordedRun): number {
  if (scheduler === 'euler' && config.rescale_betas_zero_snr) return ZERO_SNR_EULER_BOUND;
  return scheduler === 'deis' && config.solver_order === 3 ? THIRD_ORDER_DEIS_BOUND : 1e-5;
}

/** Where there is a scheduler of its own for Karras sigmas, a configuration with them means that one. */
function idOf({ scheduler, config }: RecordedRun): SchedulerId {
  const karras = `${scheduler}_karras`;
  return config.use_karras_sigmas && karras in SCHEDULERS ? (karras as SchedulerId) : scheduler;
}

describe('agreement with diffusers', () => {
  const runs = readReferenceJson<RecordedRun[]>('schedulers/schedulers.json.gz').map((recorded) => {
    const { _class_name, trained_betas, ...config } = recorded.config;
    const { steps, start, options } = recorded;
    const title = JSON.stringify({ ...config, steps, start, mu: options.mu, sigmas: options.sigmas?.length });
    return { ...recorded, title: title.replaceAll('"', '') };
  });

  it.each(runs)('$scheduler: $title', (recorded) => {
    const { config, steps, start, options, final } = recorded;
    const sigmaBound = config.rescale_betas_zero_snr ? ZERO_SNR_SIGMA_BOUND : 1e-6;
    const scheduler = SCHEDULERS[idOf(recorded)].create(config, steps, options);

    expectTimesteps(scheduler.timesteps, recorded.timesteps);
    expect(sigmaDifference([scheduler.initNoiseSigma], [recorded.initNoiseSigma])).toBeLessThan(sigmaBound);
    if (scheduler.sigmas) expect(sigmaDifference(scheduler.sigmas, recorded.sigmas ?? [])).toBeLessThan(sigmaBound);
    if (final) expect(difference(run(scheduler, start), final)).toBeLessThan(boundOf(recorded));
  });
});

describe('the starter references', () => {
  const { schedulers } = readReferenceJson<{
    schedulers: Record<string, { class: string; config: Record<string, unknown> }>;
  }>('starter/reference.json');
  const tensors = readReferenceTensors('starter/reference.safetensors');

  it.each(Object.entries(schedulers))('%s has the recorded timesteps and sigmas', (id, recorded) => {
    const config = parseSchedulerConfig(JSON.stringify({ ...recorded.config, _class_name: recorded.class }), id);
    expect(ownSchedulerId(config)).toBe(id);
    const scheduler = SCHEDULERS[id as SchedulerId].create(config, 10);
    expectTimesteps(scheduler.timesteps, [...tensors.get(`${id}.timesteps`)!]);
    const sigmas = tensors.get(`${id}.sigmas`);
    expect(scheduler.sigmas !== null).toBe(sigmas !== undefined);
    if (sigmas) expect(sigmaDifference(scheduler.sigmas!, [...sigmas])).toBeLessThan(ZERO_SNR_SIGMA_BOUND);
  });
});
