import type { Settings, TRAINING_DEFAULTS } from './config.ts';

const { fround } = Math;

/** Where diffusers has zero terminal SNR but needs a finite sigma, it sets the last cumulative alpha to this. */
const SMALLEST_ALPHA = 2 ** -24;

export type Training = Settings<keyof typeof TRAINING_DEFAULTS>;

/**
 * The product of all (1 - beta) up to each timestep, in float32: how much of the image's variance is left.
 *
 * Source: `__init__` of diffusers' schedulers, and `rescale_zero_terminal_snr` (Lin et al., "Common Diffusion Noise
 * Schedules and Sample Steps are Flawed", algorithm 1).
 */
export function cumulativeAlphas(settings: Training): Float32Array {
  const betas = trainingBetas(settings);
  return cumulativeProduct((settings.rescale_betas_zero_snr ? rescaleZeroTerminalSnr(betas) : betas).map((b) => 1 - b));
}

/** The noise level σ = √((1 - ᾱ) / ᾱ) at each timestep of the training, in float32; finite with zero terminal SNR, too. */
export function trainingSigmas(settings: Training): Float32Array {
  const alphas = cumulativeAlphas(settings);
  if (settings.rescale_betas_zero_snr) alphas[alphas.length - 1] = SMALLEST_ALPHA;
  return alphas.map((alpha) => Math.sqrt(fround(fround(1 - alpha) / alpha)));
}

function trainingBetas(settings: Training): Float32Array {
  const { beta_start: start, beta_end: end, num_train_timesteps: count } = settings;
  if (settings.trained_betas) return new Float32Array(settings.trained_betas);
  switch (settings.beta_schedule) {
    case 'linear':
      return float32Linspace(start, end, count);
    case 'scaled_linear':
      return float32Linspace(Math.sqrt(start), Math.sqrt(end), count).map((root) => root * root);
    case 'squaredcos_cap_v2': {
      const alphaBar = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
      return Float32Array.from({ length: count }, (_, i) =>
        Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
      );
    }
  }
}

/** `torch.linspace` in float32: counted from both ends towards the middle. */
function float32Linspace(start: number, end: number, count: number): Float32Array {
  const [first, last] = [fround(start), fround(end)];
  const step = fround(fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) || count === 1 ? first + step * i : last - step * (count - 1 - i),
  );
}

function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeProduct(betas.map((beta) => 1 - beta)).map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const factor = fround(first / fround(first - last));
  const alphas = roots.map((root) => fround(fround(root - last) * factor) ** 2);
  return alphas.map((alpha, i) => 1 - (i === 0 ? alpha : fround(alpha / alphas[i - 1]!)));
}

function cumulativeProduct(values: Float32Array): Float32Array {
  let product = 1;
  return values.map((value) => {
    product *= value;
    return product;
  });
}
