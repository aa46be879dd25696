import { cumulativeAlphas } from './betas.ts';
import { checkSteps, type SchedulerConfig, TRAINING_DEFAULTS, withDefaults } from './config.ts';
import { predictOriginal } from './prediction.ts';
import type { Scheduler } from './scheduler.ts';
import { wholeTimesteps } from './spacing.ts';
import { checkTurn } from './turn.ts';
import { imageAndNoise, mixNoise } from './variance-preserving.ts';
import { add, divide, scale, subtract } from './vector.ts';

const { fround, sqrt } = Math;

/** Adams-Bashforth coefficients for as many answers as there are, the latest first, over their common denominator. */
const MULTISTEP = [
  { of: [1], over: 1 },
  { of: [3, -1], over: 2 },
  { of: [23, -16, 5], over: 12 },
  { of: [55, -59, 37, -9], over: 24 },
] as const;

/**
 * Pseudo linear multistep: Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds", equations 9 and 12.
 * Reference: diffusers' `PNDMScheduler` with `skip_prk_steps`, as all latent diffusion models use it. The second timestep
 * comes twice: its first answer serves to take the first step again, with the average of both ends.
 */
export function createPndm(config: SchedulerConfig, steps: number): Scheduler {
  const settings = withDefaults(config, {
    ...TRAINING_DEFAULTS,
    timestep_spacing: 'leading',
    set_alpha_to_one: false,
  });
  checkSteps(steps, settings.num_train_timesteps);
  const alphas = cumulativeAlphas({ ...settings, rescale_betas_zero_snr: false });
  const once = wholeTimesteps(settings, steps);
  const timesteps = once.flatMap((timestep, i) => (i === 1 ? [timestep, timestep] : [timestep]));
  const stride = Math.floor(settings.num_train_timesteps / steps);
  const finalAlpha = settings.set_alpha_to_one ? 1 : alphas[0]!;
  const alphaAt = (timestep: number) => (timestep >= 0 ? alphas[timestep]! : finalAlpha);

  let previousIndex: number | null = null;
  let taken = 0;
  let firstSample: Float32Array | null = null;
  /** The latest first. */
  let answers: readonly Float32Array[] = [];

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    order: 1,

    scaleModelInput: (sample) => sample,

    step(modelOutput, index, sample) {
      checkTurn(index, previousIndex, timesteps.length);
      const timestep = timesteps[index]!;
      const repeats = taken === 1 && firstSample !== null;
      const known = repeats ? answers : [modelOutput, ...answers].slice(0, MULTISTEP.length);
      const combined = repeats ? divide(add(modelOutput, answers[0]!), 2) : multistep(known);
      const [from, to] = repeats ? [timestep + stride, timestep] : [timestep, timestep - stride];
      const moved = transfer(repeats ? firstSample! : sample, combined, alphaAt(from), alphaAt(to));

      const { alpha, sigma } = imageAndNoise(alphaAt(timestep));
      const predictedOriginal = predictOriginal(settings.prediction_type, modelOutput, sample, alpha, sigma);
      firstSample = taken === 0 ? sample : null;
      answers = known;
      previousIndex = index;
      taken++;
      return { sample: moved, predictedOriginal };
    },

    addNoise(original, noise, index) {
      checkTurn(index, null, timesteps.length);
      return mixNoise(original, noise, alphaAt(timesteps[index]!));
    },
  };

  /** Equation 9: from one cumulative alpha to another along an answer. */
  function transfer(sample: Float32Array, answer: Float32Array, from: number, to: number): Float32Array {
    const [fromBeta, toBeta] = [fround(1 - from), fround(1 - to)];
    const noise = {
      epsilon: () => answer,
      v_prediction: () => add(scale(answer, fround(sqrt(from))), scale(sample, fround(sqrt(fromBeta)))),
      // Not in diffusers: the noise that the predicted original leaves.
      sample: () => divide(subtract(sample, scale(answer, fround(sqrt(from)))), fround(sqrt(fromBeta))),
    }[settings.prediction_type]();
    const denominator = fround(
      fround(from * fround(sqrt(toBeta))) + fround(sqrt(fround(fround(from * fromBeta) * to))),
    );
    const change = divide(scale(noise, fround(to - from)), denominator);
    return subtract(scale(sample, fround(sqrt(fround(to / from)))), change);
  }
}

function multistep(answers: readonly Float32Array[]): Float32Array {
  const { of, over } = MULTISTEP[answers.length - 1]!;
  return divide(answers.map((answer, i) => scale(answer, of[i]!)).reduce(add), over);
}
