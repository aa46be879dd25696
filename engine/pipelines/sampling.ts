import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { TorchGenerator } from '../tensor/noise.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

/** [1, channels, height, width] */
export type LatentDims = readonly [number, number, number, number];

/**
 * One picture on its way from noise to latents. It has a scheduler and a generator of its own, so it comes out the same
 * alone and together with others, and whoever runs the denoiser may change how many are drawn together at any step.
 */
export class Sampling {
  readonly #scheduler: Scheduler;
  readonly #noise: () => Float32Array;
  readonly #dims: LatentDims;
  #index = 0;
  #latents: Float32Array;
  #guess: Float32Array;

  /** @param dims of the latents, [1, channels, height, width] */
  constructor(model: Model, scheduler: SchedulerId, steps: number, seed: number, dims: LatentDims) {
    const generator = new TorchGenerator(seed);
    this.#dims = dims;
    this.#noise = () => generator.randn([...dims]).data;
    const { schedulerConfig: config, family } = model;
    const [, , height, width] = dims;
    this.#scheduler = SCHEDULERS[scheduler].create(config, steps, family.flow?.(config, steps, { height, width }));
    const sigma = Math.fround(this.#scheduler.initNoiseSigma);
    this.#latents = this.#noise().map((value) => value * sigma);
    this.#guess = this.#latents;
  }

  /** How often the denoiser has been asked. */
  get index(): number {
    return this.#index;
  }

  /** How often the denoiser is asked in all. */
  get length(): number {
    return this.#scheduler.timesteps.length;
  }

  get timestep(): number {
    return this.#scheduler.timesteps[this.#index] as number;
  }

  /** Such as "step 3 of 20": some schedulers ask twice a step. */
  get step(): string {
    const { order } = this.#scheduler;
    return `step ${Math.floor(this.#index / order) + 1} of ${Math.ceil(this.length / order)}`;
  }

  get latents(): Tensor<'float32'> {
    return tensor('float32', this.#dims, this.#latents);
  }

  /** What the picture would be if the denoiser's last word was the final one. */
  get guess(): Tensor<'float32'> {
    return tensor('float32', this.#dims, this.#guess);
  }

  /** What the denoiser is given at this step. */
  input(): Tensor<'float32'> {
    return tensor('float32', this.#dims, this.#scheduler.scaleModelInput(this.#latents, this.#index));
  }

  /** @throws HeadroomError `model` for a prediction that is not finite */
  advance(prediction: Float32Array, title: string): void {
    const { sample, predictedOriginal } = this.#scheduler.step(prediction, this.#index, this.#latents, this.#noise);
    if (!sample.every(Number.isFinite)) {
      throw new HeadroomError(
        'model',
        `${title} gave numbers that are not finite. Its weights may be damaged, or overflow in this precision.`,
      );
    }
    this.#latents = sample;
    this.#guess = predictedOriginal;
    this.#index += 1;
  }
}
