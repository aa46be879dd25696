import { type Tensor, tensor } from '../tensor/tensor.ts';

/** The tensors one behind the other along the first dimension; all others must be equal. */
export function stack(tensors: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [, ...rest] = tensors[0]?.dims ?? [];
  const data = new Float32Array(tensors.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data: part } of tensors) {
    data.set(part, offset);
    offset += part.length;
  }
  return tensor('float32', [tensors.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0), ...rest], data);
}

/** Each entry of the first dimension as a tensor of its own, its size 1 there; a view, not a copy. */
export function unstack({ dims, data }: Tensor<'float32'>): Tensor<'float32'>[] {
  const [count = 0, ...rest] = dims;
  const size = data.length / count;
  return Array.from({ length: count }, (_, index) =>
    tensor('float32', [1, ...rest], data.subarray(index * size, (index + 1) * size)),
  );
}
