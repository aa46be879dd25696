import { float32ToFloat16 } from '../tensor/float16.ts';
import { readWith, scaleOf, valuesOf } from './tensor-values.ts';
import type { FoundWeight } from './weight-view.ts';

/** A small weight of a checkpoint, and the type that it is wanted in. */
export interface TurnedWeight {
  readonly weight: FoundWeight;
  readonly type: 'float32' | 'float16';
}

/**
 * The bytes of small weights in the types that they are wanted in, times their scales: the same as onnxruntime's Cast gives. A
 * network has hundreds, so each file is opened once.
 *
 * @throws HeadroomError `file` if they cannot be read
 */
export function turnedWeights(wanted: readonly TurnedWeight[]): Map<TurnedWeight, Uint8Array> {
  const turned = new Map<TurnedWeight, Uint8Array>();
  for (const path of new Set(wanted.map(({ weight }) => weight.path))) {
    const own = wanted.filter(({ weight }) => weight.path === path);
    const stored = readWith(path, (read) => own.map(({ weight }) => read(weight)));
    for (const [index, each] of own.entries()) {
      const bytes = stored[index] as Uint8Array<ArrayBuffer>;
      turned.set(each, inType(each, valuesOf(each.weight.type, bytes)));
    }
  }
  return turned;
}

function inType({ weight, type }: TurnedWeight, values: Float32Array): Uint8Array {
  const scale = scaleOf(weight);
  const scaled = weight.scale ? values.map((value) => value * scale) : values;
  const { buffer } = type === 'float32' ? scaled : float32ToFloat16(scaled);
  return new Uint8Array(buffer);
}
