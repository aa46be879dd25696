import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginalFromSigma } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { sigmaSchedule, sigmaScheduler } from './sigma-schedule.ts';
import { checkIndex } from './turn.ts';
import { add, divide, scale, subtract } from './vector.ts';

/**
 * Euler's method on dx/dσ = (x - original) / σ: algorithm 2 of Karras et al., "Elucidating the Design Space of
 * Diffusion-Based Generative Models", without churn. Reference: diffusers' `EulerDiscreteScheduler`.
 */
export function createEuler(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'linspace',
    final_sigmas_type: 'zero',
  });
  checkSteps(steps, settings.num_train_timesteps);
  const schedule = sigmaSchedule(settings, steps, settings.final_sigmas_type);

  return {
    ...sigmaScheduler(schedule, settings.timestep_spacing),
    order: 1,

    step(modelOutput, index, sample) {
      checkIndex(index, schedule.timesteps.length);
      const [sigma, next] = [schedule.sigmas[index]!, schedule.sigmas[index + 1]!];
      const predictedOriginal = predictOriginalFromSigma(settings.prediction_type, modelOutput, sample, sigma);
      const derivative = divide(subtract(sample, predictedOriginal), sigma);
      return { sample: add(sample, scale(derivative, Math.fround(next - sigma))), predictedOriginal };
    },
  };
}
