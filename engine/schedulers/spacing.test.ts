import { describe, expect, it } from 'vitest';
import { fractionalTimesteps, linspace, roundHalfToEven, solverTimesteps, wholeTimesteps } from './spacing.ts';

const spacings = ['linspace', 'leading', 'trailing'] as const;
const kinds = { wholeTimesteps, fractionalTimesteps, solverTimesteps };

describe.each(spacings)('%s spacing', (timestep_spacing) => {
  const spacing = { timestep_spacing, steps_offset: 1, num_train_timesteps: 1000 };

  it.each(Object.entries(kinds))('%s never leaves the training, whatever the number of steps', (_, timestepsOf) => {
    for (let steps = 1; steps <= 1000; steps++) {
      const timesteps = timestepsOf(spacing, steps);
      expect(timesteps.length).toBe(steps);
      expect(timesteps.every((timestep) => timestep >= 0 && timestep <= 999)).toBe(true);
      expect(timesteps.every((timestep, i) => i === 0 || timestep <= timesteps[i - 1]!)).toBe(true);
    }
  });
});

it('ends trailing spacing at the noisiest timestep, where leading spacing stops short of it', () => {
  const at = (timestep_spacing: 'leading' | 'trailing') =>
    wholeTimesteps({ timestep_spacing, steps_offset: 1, num_train_timesteps: 1000 }, 4);
  expect(at('trailing')).toEqual([999, 749, 499, 249]);
  expect(at('leading')).toEqual([751, 501, 251, 1]);
});

it('rounds halves to even and ends sequences exactly, as numpy does', () => {
  expect([0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfToEven)).toEqual([0, 2, 2, 2, 3]);
  expect(linspace(0, 999, 7).at(-1)).toBe(999);
  expect(linspace(3, 9, 1)).toEqual([3]);
});
