import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import type { Device } from './device.ts';
import { firstRun } from './measure.ts';
import { buildNetwork } from './networks.ts';
import type { ReferenceCall } from './reference.ts';

/** What one shape needs beyond the weights, in bytes. */
export interface Need {
  readonly model: string;
  readonly component: string;
  readonly precision: string;
  readonly batch: number;
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
  /** Most bytes in use at once, and what the arena took from the device for them, beginning with none. */
  readonly peak: number;
  readonly reserved: number;
  readonly seconds: number;
}

/** Batch, height and width of the latents: pictures of 512 to 1024 pixels, square and not. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1, 64, 64],
  [2, 64, 64],
  [2, 64, 96],
  [4, 64, 64],
  [2, 96, 96],
  [1, 128, 128],
  [8, 64, 64],
  [2, 128, 128],
  [4, 128, 128],
];

/** The need of a network in several shapes, until `deadline` (performance.now). */
export async function sweep(
  device: Device,
  folder: string,
  which: Pick<ReferenceCall, 'model' | 'component' | 'precision'>,
  deadline: number,
): Promise<Need[]> {
  const { model, component, precision } = which;
  const needs: Need[] = [];
  const session = await device.createSession(component, buildNetwork(folder, which, device.dialect(precision)));
  try {
    for (const [batch, height, width] of SHAPES) {
      if (performance.now() > deadline) break;
      const inputs = Object.fromEntries(session.inputs.map((name) => [name, input(name, model, batch, height, width)]));
      const { peak, reserved, seconds } = await firstRun(device, session, inputs);
      needs.push({ model, component, precision, batch, height, width, peak, reserved, seconds });
    }
  } finally {
    await session.release();
    device.arena.shrink();
  }
  return needs;
}

function input(name: string, model: ReferenceCall['model'], batch: number, height: number, width: number): Tensor {
  const dims: Record<string, number[]> = {
    sample: [batch, 4, height, width],
    latents: [batch, 4, height, width],
    timestep: [1],
    encoder_hidden_states: [batch, 77, model === 'sd15' ? 768 : 2048],
    text_embeds: [batch, 1280],
    time_ids: [batch, 6],
  };
  const shape = dims[name] as number[];
  const count = shape.reduce((product, dim) => product * dim, 1);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: count }, (_, index) => Math.sin(index)),
  );
}
