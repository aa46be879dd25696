import type { Control } from '../families/control-net.ts';
import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import { resizePixels, type Size } from '../images/resize.ts';
import type { ComponentLease } from '../memory/component.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './as-float32.ts';
import { stack } from './latents.ts';
import type { Stage } from './stage.ts';
import { regionTensor } from './upscale/pixels.ts';
import { type LeaseOptions, withComponent } from './with-component.ts';

/** Where a run is: the index of the timestep, of how many. */
export interface RunPosition {
  readonly index: number;
  readonly length: number;
}

/** What ControlNets add to the inputs of the denoiser that they guide. */
export interface Guides {
  /** @param what in words for the log @param kind of runs that take about as long */
  extend(inputs: Record<string, Tensor>, at: RunPosition, what: string, kind: string): Promise<Record<string, Tensor>>;
}

interface GuideOptions extends Omit<LeaseOptions, 'activationBytes'> {
  /** Of the pictures, in pixels. */
  readonly size: Size;
  /** What a run of a component needs at most beside its weights, if that is known. */
  activationBytes(component: string): number | undefined;
}

const NO_GUIDES: Guides = { extend: async (inputs) => inputs };

/** Lends a model's ControlNets to `use`, all of them at once: each step needs every one. */
export async function withGuides<Result>(
  stage: Stage,
  model: Model,
  { size, activationBytes, ...options }: GuideOptions,
  use: (guides: Guides) => Promise<Result>,
): Promise<Result> {
  if (model.controls.length === 0) return use(NO_GUIDES);
  const lend = (held: readonly ComponentLease[]): Promise<Result> => {
    const next = model.controls[held.length];
    if (!next) return use(guides(model, held, size));
    return withComponent(stage, model, next.component, (lease) => lend([...held, lease]), {
      ...options,
      activationBytes: activationBytes(next.component.name),
    });
  };
  return lend([]);
}

function guides(model: Model, leases: readonly ComponentLease[], size: Size): Guides {
  const images = model.controls.map(({ image }) => image && imageTensor(resizePixels(image, size)));
  return {
    async extend(inputs, at, what, kind) {
      const sum = zeroResiduals(model, inputs.sample as Tensor);
      for (const [index, control] of model.controls.entries()) {
        const [single, lease] = [images[index], leases[index]];
        if (!isActive(control, at) || !single || !lease) continue;
        const [batch = 1] = (inputs.sample as Tensor).dims;
        const image = stack(Array.from({ length: batch }, () => single));
        const { name } = control.component;
        const residuals = await lease.run({ ...inputs, image }, `${name}, ${what}`, kind);
        for (const [key, total] of sum) addScaled(total, asFloat32(residuals[key]), control.strength);
      }
      return { ...inputs, ...Object.fromEntries(sum) };
    },
  };
}

/** As float32 [1, 3, height, width] in 0…1. */
function imageTensor(pixels: Pixels): Tensor<'float32'> {
  return regionTensor(pixels, { top: 0, left: 0, height: pixels.height, width: pixels.width });
}

/** diffusers: StableDiffusionControlNetPipeline, controlnet_keep */
function isActive({ start, end }: Control, { index, length }: RunPosition): boolean {
  return index / length >= start && (index + 1) / length <= end;
}

function zeroResiduals({ family, source }: Model, { dims: [batch = 1, , height = 1, width = 1] }: Tensor) {
  const { config, configPath } = source.network(family.denoiser);
  const { controlled } = family.denoiser;
  const sizes: Record<string, number> = {
    batch,
    height,
    width,
    ...controlled?.dimensions(config, configPath, { height, width }),
  };
  return new Map(
    (controlled?.residuals(config, configPath) ?? []).map(({ name, dims }): [string, Tensor<'float32'>] => {
      const size = dims.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] as number)));
      return [name, tensor('float32', size, new Float32Array(elementCount(size)))];
    }),
  );
}

function addScaled({ data: total }: Tensor<'float32'>, { data }: Tensor<'float32'>, factor: number): void {
  for (let index = 0; index < total.length; index++)
    total[index] = (total[index] as number) + factor * (data[index] as number);
}
