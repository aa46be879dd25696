import { join } from 'node:path';
import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceInput, referenceWeights } from './networks.ts';
import { writeSafetensors } from './safetensors.ts';

/** `config`, `unet` (of tests/reference/networks) and `scale` are those of diffusers' layout only. */
interface ControlNetCase {
  readonly config?: Record<string, unknown>;
  readonly unet?: string;
  readonly scale?: number;
  readonly tensors: Record<string, number[]>;
  readonly image: number[];
}

export const controlNetCases = readReferenceJson<Record<string, ControlNetCase>>('controlnet/controlnet.json');
const outputs = readReferenceTensors('controlnet/controlnet.safetensors');

export function controlNetCase(name: string): ControlNetCase {
  const found = controlNetCases[name];
  if (!found) throw new Error(`There is no ControlNet ${name}.`);
  return found;
}

/** Writes the weights of a ControlNet of tests/reference/controlnet. @returns the file's path */
export function writeReferenceControlNet(folder: string, name: string): string {
  const { tensors } = controlNetCase(name);
  return writeSafetensors(join(folder, `${name}.safetensors`), referenceWeights(tensors), 'F32');
}

/** The image that guided what was recorded. */
export function controlImage(name: string): Tensor<'float32'> {
  const { dims, data } = referenceInput(`${name}/image`, controlNetCase(name).image);
  return tensor(
    'float32',
    dims,
    data.map((value) => (value + 2) / 4),
  );
}

/** What diffusers put out: a residual of the ControlNet, or the `prediction` of the UNet with all of them. */
export function controlOutput(name: string, output: string): Float32Array {
  return outputs.get(`${name}/${output}`) as Float32Array;
}
