import { HeadroomError } from '../contract/errors.ts';

/** What holds the elements of each type. Half-precision numbers are their bits (float16.ts converts them). */
export interface TensorData {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
export type DType = keyof TensorData;

/** A dense tensor in row-major order; `data` has as many elements as `dims` says. Narrow it by `dtype`. */
export type Tensor<D extends DType = DType> = {
  [K in D]: { readonly dtype: K; readonly dims: readonly number[]; readonly data: TensorData[K] };
}[D];

/** The number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/**
 * A tensor over existing data, which is not copied.
 * @throws HeadroomError `internal` if the shape is not made of whole numbers ≥ 0 or does not fit the data
 */
export function tensor<D extends DType>(dtype: D, dims: readonly number[], data: TensorData[D]): Tensor<D> {
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0) || elementCount(dims) !== data.length) {
    throw new HeadroomError(
      'internal',
      `A ${dtype} tensor of shape [${dims.join(', ')}] cannot hold ${data.length} elements.`,
    );
  }
  return { dtype, dims, data } as unknown as Tensor<D>;
}
