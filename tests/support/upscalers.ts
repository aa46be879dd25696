import { join } from 'node:path';
import { readReferenceJson } from './fixtures.ts';
import { referenceWeights } from './networks.ts';
import { type StoredTensor, writeSafetensors } from './safetensors.ts';

interface RecordedUpscaler {
  readonly size: readonly [number, number];
  readonly unshuffle: number;
  readonly tensors: Record<string, number[]>;
}

/** The small upscalers of tests/reference/upscale. */
export const recordedUpscalers = readReferenceJson<Record<string, RecordedUpscaler>>('upscale/upscale.json');

/** Writes one as `name.safetensors`, its tensors under other names if asked for; answers the path. */
export function writeUpscaler(folder: string, name: string, rename = (own: string) => own): string {
  const { tensors } = recordedUpscalers[name] as RecordedUpscaler;
  const renamed: [string, StoredTensor][] = Object.entries(referenceWeights(tensors)).map(([own, stored]) => {
    return [rename(own), stored];
  });
  return writeSafetensors(join(folder, `${name}.safetensors`), Object.fromEntries(renamed), 'F32');
}
