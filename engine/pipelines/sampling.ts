import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { TorchGenerator } from '../tensor/noise.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type BegunSampling, beginOver, type ImageStart } from './image-start.ts';

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
  readonly #begun: BegunSampling | undefined;
  /** Of the timestep that is next. */
  #index: number;
  #latents: Float32Array;
  #guess: Float32Array;

  /**
   * @param dims of the latents, [1, channels, height, width]
   * @param start what it is drawn over; nothing for a picture out of noise alone
   */
  constructor(model: Model, scheduler: SchedulerId, steps: number, seed: number, dims: LatentDims, start?: ImageStart) {
    const generator = new TorchGenerator(seed);
    this.#dims = dims;
    this.#noise = () => generator.randn([...dims]).data;
    const { schedulerConfig: config, family } = model;
    const [, , height, width] = dims;
    this.#scheduler = SCHEDULERS[scheduler].create(config, steps, family.flow?.(config, steps, { height, width }));
    this.#begun = start && beginOver(start, model, this.#scheduler, steps, this.#noise);
    this.#index = this.#begun?.first ?? 0;
    const sigma = Math.fround(this.#scheduler.initNoiseSigma);
    this.#latents = this.#begun?.latents ?? this.#noise().map((value) => value * sigma);
    this.#guess = this.#latents;
  }

  /** How often the denoiser has been asked. */
  get index(): number {
    return this.#index - (this.#begun?.first ?? 0);
  }

  /** How often the denoiser is asked in all. */
  get length(): number {
    return this.#scheduler.timesteps.length - (this.#begun?.first ?? 0);
  }

  get timestep(): number {
    return this.#scheduler.timesteps[this.#index] as number;
  }

  /** Such as "step 3 of 20": some schedulers ask twice a step. */
  get step(): string {
    const { order } = this.#scheduler;
    return `step ${Math.floor(this.index / order) + 1} of ${Math.ceil(this.length / order)}`;
  }

  get latents(): Tensor<'float32'> {
    return tensor('float32', this.#dims, this.#latents);
  }

  /** What the picture would be if the denoiser's last word was the final one. */
  get guess(): Tensor<'float32'> {
    return tensor('float32', this.#dims, this.#guess);
  }

  /** What the denoiser is given at this step: the latents, and behind their channels what it is shown besides. */
  input(): Tensor<'float32'> {
    const scaled = this.#scheduler.scaleModelInput(this.#latents, this.#index);
    const shown = this.#begun?.shown;
    return shown ? withChannels(scaled, shown, this.#dims) : tensor('float32', this.#dims, scaled);
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
    this.#index += 1;
    this.#latents = this.#begun?.keep(sample, this.#index) ?? sample;
    this.#guess = predictedOriginal;
  }
}

function withChannels(latents: Float32Array, shown: Float32Array, [, , height, width]: LatentDims): Tensor<'float32'> {
  const data = new Float32Array(latents.length + shown.length);
  data.set(latents);
  data.set(shown, latents.length);
  return tensor('float32', [1, data.length / (height * width), height, width], data);
}
