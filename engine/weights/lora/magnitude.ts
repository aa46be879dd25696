import { elementCount } from '../../tensor/tensor.ts';
import { readValues } from '../tensor-values.ts';
import type { Difference } from './difference.ts';
import type { LayerParts } from './layer-parts.ts';

/**
 * How long the vectors of a changed weight are: the changed weight is scaled to that (DoRA,
 * https://arxiv.org/abs/2402.09353, equation 5).
 */
export interface Magnitude {
  /** Whether the vectors are those of the outputs, the weight's rows, or those of the inputs. */
  readonly of: 'rows' | 'columns';
  readonly count: number;
  /** @throws HeadroomError `file` or `model` if it cannot be read */
  read(): Float32Array;
}

/**
 * The magnitude that a layer has in the file, if any. PEFT has one for each output; LyCORIS says by the shape whether it is
 * for outputs or for inputs (lycoris: modules/locon.py, wd_on_out).
 *
 * @throws HeadroomError `model` if its size is neither
 */
export function magnitudeOf(parts: LayerParts, { rows, columns }: Difference): Magnitude | undefined {
  const [stored, ofOutputs] = [parts.get('dora_scale'), parts.get('lora_magnitude_vector')];
  const tensor = stored ?? ofOutputs;
  if (!tensor) return undefined;
  const count = elementCount(tensor.shape);
  const of = ofOutputs || tensor.shape[0] === rows ? 'rows' : 'columns';
  if (of === 'rows' ? count !== rows : columns % count !== 0) {
    throw parts.malformed(`the magnitude has ${count} numbers for a weight of [${rows}, ${columns}]`);
  }
  return { of, count, read: () => readValues(tensor) };
}
