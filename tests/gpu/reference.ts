import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { elementCount, type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { readSafetensors } from '../../engine/weights/safetensors.ts';

const zTimes = z.object({ waited: z.number(), queued: z.number(), start: z.number().optional() });
const zCall = z.object({
  model: z.literal(['sd15', 'sdxl', 'flux']),
  component: z.literal(['text_encoder', 'text_encoder_2', 'unet', 'transformer', 'vae']),
  batch: z.int(),
  /** Of the latents. */
  side: z.int(),
  precision: z.literal(['float16', 'float32']),
  key: z.string(),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
  /** Seconds of one call, by the way PyTorch was run: waited for each, and of several that were queued. */
  times: z.record(z.string(), zTimes),
  /** Bytes: at the peak beyond the weights, with them, and all that PyTorch held. */
  memory: z.object({ activations: z.number(), allocated: z.number(), reserved: z.number() }),
  /** Of each result, against float32. */
  error: z.record(z.string(), z.number()),
});
const zReference = z.object({
  machine: z.record(z.string(), z.unknown()),
  calls: z.array(zCall),
  loads: z.array(
    z.object({ model: z.string(), component: z.string(), bytes: z.number(), read: z.number(), copy: z.number() }),
  ),
});
export type Reference = z.infer<typeof zReference>;
export type ReferenceCall = z.infer<typeof zCall>;

/** What reference.py wrote. */
export function readReference(folder: string): Reference {
  return zReference.parse(JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')));
}

/** The tensors of a model's calls, by name; float32 and int64. */
export class ReferenceTensors {
  readonly #entries: ReturnType<typeof readSafetensors>['entries'];
  readonly #bytes: Buffer;

  constructor(folder: string, model: string) {
    const path = join(folder, `${model}.safetensors`);
    this.#entries = readSafetensors(path).entries;
    this.#bytes = readFileSync(path);
  }

  get(name: string): Tensor {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error(`There is no recorded tensor ${name}.`);
    const { dtype, shape, offset, length } = entry;
    const { buffer } = new Uint8Array(this.#bytes.subarray(offset, offset + length));
    if (dtype === 'I64') return tensor('int64', shape, new BigInt64Array(buffer, 0, elementCount(shape)));
    return tensor('float32', shape, new Float32Array(buffer, 0, elementCount(shape)));
  }
}
