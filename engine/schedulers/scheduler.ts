/** What one step gives back. */
export interface StepResult {
  /** The sample at the next timestep, or the finished latents after the last step. */
  readonly sample: Float32Array;
  /** The finished latents as they look from here; for previews. */
  readonly predictedOriginal: Float32Array;
}

/**
 * The way from noise to latents for one run: when the denoiser is asked, and how each answer moves the sample.
 *
 * One instance serves one run, because multistep methods remember earlier answers. Steps are taken in order, from any
 * first index. No method changes its arguments, but what it returns may be one of them. A step that throws leaves the
 * scheduler as it was.
 */
export interface Scheduler {
  /** What the denoiser is given, in order; one entry for each time that it is asked. Not always whole. */
  readonly timesteps: readonly number[];
  /** The noise level at each timestep and, last, the level that the final step arrives at; null where there are none. */
  readonly sigmas: readonly number[] | null;
  /** The standard normal noise that a run begins with is multiplied by this. */
  readonly initNoiseSigma: number;
  /**
   * How many consecutive timesteps make one step. A run that begins later, as image to image does, begins at a multiple:
   * with `strength`, at `order · max(steps - floor(steps · strength), 0)`.
   */
  readonly order: 1 | 2;

  /** The sample as the denoiser wants it at `timesteps[index]`. */
  scaleModelInput(sample: Float32Array, index: number): Float32Array;

  /**
   * Moves the sample from `timesteps[index]` to the next.
   * @param modelOutput the denoiser's answer (after guidance), of the sample's size
   * @param noise standard normal noise of the sample's size; called at most once, and only by methods that add noise
   * @throws HeadroomError `internal` if the index is out of turn or sizes differ
   */
  step(modelOutput: Float32Array, index: number, sample: Float32Array, noise: () => Float32Array): StepResult;

  /** Latents with as much noise as a sample has at `timesteps[index]`; what image to image begins with. */
  addNoise(original: Float32Array, noise: Float32Array, index: number): Float32Array;
}
