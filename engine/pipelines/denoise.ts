import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import { SCHEDULERS, type SchedulerId } from '../schedulers/index.ts';
import { TorchGenerator } from '../tensor/noise.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './encode-text.ts';
import { guide } from './guidance.ts';
import { stack, unstack } from './latents.ts';
import { previewLatents } from './preview.ts';
import { breathe, type Stage, withComponent } from './stage.ts';

export interface DenoiseRequest {
  readonly model: Model;
  /** Hidden states [1, tokens, width]; `negative` only where guidance is used. */
  readonly positive: Tensor<'float32'>;
  readonly negative: Tensor<'float32'> | undefined;
  readonly guidanceScale: number;
  readonly scheduler: SchedulerId;
  readonly steps: number;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** One picture each, drawn together. */
  readonly seeds: readonly number[];
}

/** Between two previews; the eye does not need more, and the network's time is worth more. */
const PREVIEW_INTERVAL_MS = 250;

/**
 * From noise to latents: float32 [pictures, channels, height, width]. Every picture has a generator of its own, so that it
 * comes out the same alone and together with others.
 *
 * @param onStep for tests: the latents after each step
 * @throws HeadroomError `cancelled` between steps, and whatever the network throws
 */
export async function denoise(
  request: DenoiseRequest,
  stage: Stage,
  onStep?: (latents: Float32Array) => void,
): Promise<Tensor<'float32'>> {
  checkSize(request);
  const { model, positive, negative, guidanceScale, seeds } = request;
  const dims = latentDims(request);
  const generators = seeds.map((seed) => new TorchGenerator(seed));
  const noise = () => stack(generators.map((generator) => generator.randn([1, ...dims.slice(1)]))).data;
  const scheduler = SCHEDULERS[request.scheduler].create(model.schedulerConfig, request.steps);
  const conditions = [...(negative ? seeds.map(() => negative) : []), ...seeds.map(() => positive)];
  const encoderStates = stack(conditions);
  const shape = `${conditions.length} × ${dims.slice(1).join(' × ')}`;
  const { timesteps, initNoiseSigma, order } = scheduler;
  const showPreview = limitedPreview(model, dims, stage);

  let latents = noise().map((value) => value * Math.fround(initNoiseSigma));
  await withComponent(stage, model, model.family.denoiser, async (lease) => {
    for (const [index, timestep] of timesteps.entries()) {
      const step = `step ${Math.floor(index / order) + 1} of ${Math.ceil(timesteps.length / order)}`;
      stage.progress('denoise', index / timesteps.length, step);
      await breathe(stage);
      const input = tensor('float32', dims, scheduler.scaleModelInput(latents, index));
      const inputs = {
        sample: negative ? stack([input, input]) : input,
        timestep: tensor('float32', [1], Float32Array.of(timestep)),
        encoder_hidden_states: encoderStates,
      };
      const { prediction } = await lease.run(inputs, `denoise ${step}`, shape);
      const { data } = asFloat32(prediction);
      const result = scheduler.step(negative ? guide(data, guidanceScale) : data, index, latents, noise);
      latents = result.sample as Float32Array<ArrayBuffer>;
      onStep?.(latents);
      showPreview(result.predictedOriginal);
    }
  });
  if (!latents.every(Number.isFinite)) {
    throw new HeadroomError(
      'model',
      `${model.title} gave numbers that are not finite. Its weights may be damaged, or overflow in this precision.`,
    );
  }
  return tensor('float32', dims, latents);
}

/** @throws HeadroomError `input` for sides that the latents cannot have */
export function checkSize({ model, width, height }: Pick<DenoiseRequest, 'model' | 'width' | 'height'>): void {
  const { downscale } = model.latents;
  for (const [field, pixels] of Object.entries({ width, height })) {
    if (pixels % downscale === 0) continue;
    const nearest = Math.max(1, Math.round(pixels / downscale)) * downscale;
    throw new HeadroomError(
      'input',
      `${field} must be a multiple of ${downscale} for ${model.title}, got ${pixels}; ${nearest} is the nearest.`,
      { place: { field } },
    );
  }
}

function latentDims({ model, width, height, seeds }: DenoiseRequest): [number, number, number, number] {
  const { channels, downscale } = model.latents;
  return [seeds.length, channels, height / downscale, width / downscale];
}

function limitedPreview(model: Model, dims: readonly number[], stage: Stage): (original: Float32Array) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (original) => {
    const now = performance.now();
    if (now - last < PREVIEW_INTERVAL_MS) return;
    last = now;
    stage.preview(previewLatents(unstack(tensor('float32', dims, original)), model.preview));
  };
}
