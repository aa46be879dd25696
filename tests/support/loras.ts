import { join } from 'node:path';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from './safetensors.ts';

interface LoraCase {
  readonly kind: 'sd' | 'sdxl' | 'flux';
  readonly files: readonly {
    readonly tensors: Record<string, number[]>;
    readonly alphas: Record<string, number>;
  }[];
  readonly weights: readonly number[];
}

type LoraCases = Readonly<Record<string, LoraCase>>;

/** LoRAs that diffusers merged, and those that LyCORIS did. */
export const loraCases: LoraCases = {
  ...readReferenceJson<LoraCases>('lora/lora.json.gz'),
  ...readReferenceJson<LoraCases>('lycoris/lycoris.json'),
};
const outputs = new Map([
  ...readReferenceTensors('lora/lora.safetensors'),
  ...readReferenceTensors('lycoris/lycoris.safetensors'),
]);

/** What they put out with the LoRAs of a case fused into its networks. */
export function fusedOutput(name: string, network: string): Float32Array {
  return outputs.get(`${name}/${network}`) as Float32Array;
}

/** Writes one of these LoRAs. @returns its path */
export function writeReferenceLora(
  folder: string,
  name: string,
  index = 0,
  dtype: StoredType = 'F32',
  change: (tensors: Record<string, StoredTensor>) => void = () => {},
): string {
  const file = loraCases[name]?.files[index];
  if (!file) throw new Error(`There is no LoRA ${index} of ${name}.`);
  const { tensors: shapes, alphas } = file;
  const tensors = referenceWeights(shapes);
  for (const [alpha, value] of Object.entries(alphas)) tensors[alpha] = { shape: [], values: Float32Array.of(value) };
  change(tensors);
  return writeSafetensors(join(folder, `${name}-${index}.safetensors`), tensors, dtype);
}
