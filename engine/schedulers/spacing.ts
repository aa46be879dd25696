import type { Settings } from './config.ts';

/*
 * Which of the training's timesteps a run visits, descending. Source: `set_timesteps` of diffusers' schedulers; see table 2
 * of Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed".
 */

export type Spacing = Settings<'timestep_spacing' | 'steps_offset' | 'num_train_timesteps'>;

/** Whole timesteps, for the schedulers that look up the training's alphas. */
export function wholeTimesteps(spacing: Spacing, steps: number): number[] {
  const last = spacing.num_train_timesteps;
  switch (spacing.timestep_spacing) {
    case 'linspace':
      return linspace(0, last - 1, steps)
        .map(roundHalfToEven)
        .reverse();
    case 'leading':
      return leading(spacing, multiples(0, steps), Math.floor(last / steps));
    case 'trailing':
      return trailing(spacing, steps, last);
  }
}

/** Timesteps in float32, not always whole, for the schedulers that interpolate the training's sigmas. */
export function fractionalTimesteps(spacing: Spacing, steps: number): number[] {
  return spacing.timestep_spacing === 'linspace'
    ? linspace(0, spacing.num_train_timesteps - 1, steps)
        .map(Math.fround)
        .reverse()
    : wholeTimesteps(spacing, steps);
}

/**
 * Whole timesteps, for the solvers that count the arrival at the image as a further timestep.
 * @param last the timestep after the noisiest one; lower than the training's number where that end is clipped
 */
export function solverTimesteps(spacing: Spacing, steps: number, last = spacing.num_train_timesteps): number[] {
  switch (spacing.timestep_spacing) {
    case 'linspace':
      return linspace(0, last - 1, steps + 1)
        .slice(1)
        .map(roundHalfToEven)
        .reverse();
    case 'leading':
      return leading(spacing, multiples(1, steps), Math.floor(last / (steps + 1)));
    case 'trailing':
      return trailing(spacing, steps, last);
  }
}

/** `count` whole numbers from `first` up, the largest first. */
function multiples(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + count - 1 - i);
}

function leading(spacing: Spacing, factors: readonly number[], ratio: number): number[] {
  // The offset may point past the training's last timestep, where diffusers fails.
  return factors.map((factor) => Math.min(factor * ratio + spacing.steps_offset, spacing.num_train_timesteps - 1));
}

function trailing(spacing: Spacing, steps: number, last: number): number[] {
  const ratio = spacing.num_train_timesteps / steps;
  // Stepped as numpy's arange does it. Its rounding can add one timestep below zero; that one is left out here.
  const step = last - ratio - last;
  const count = Math.min(Math.ceil(last / ratio), steps);
  return Array.from({ length: count }, (_, i) => roundHalfToEven(last + i * step) - 1);
}

/** numpy's `linspace`: `count` numbers from start to end, both included. */
export function linspace(start: number, end: number, count: number): number[] {
  const step = (end - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? end : i === 0 ? start : start + i * step));
}

/** numpy's `round`. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
