import { HeadroomError } from '../contract/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** @throws HeadroomError `internal` for an output that is not there or of another type */
export function asFloat32(value: Tensor | undefined): Tensor<'float32'> {
  if (value?.dtype === 'float32') return value;
  throw new HeadroomError('internal', `A network gave ${value?.dtype ?? 'nothing'} where float32 was expected.`);
}
