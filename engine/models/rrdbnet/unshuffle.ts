import { type Tensor, tensor } from '../../tensor/tensor.ts';

/**
 * The pixels of each square of `factor` as channels of one pixel (torch.nn.PixelUnshuffle).
 *
 * @param image [1, channels, height, width], sizes that are multiples of `factor`
 * @returns [1, channels · factor², height / factor, width / factor]
 */
export function unshuffled(image: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  if (factor === 1) return image;
  const [, channels = 0, height = 0, width = 0] = image.dims;
  const [rows, columns] = [height / factor, width / factor];
  const data = new Float32Array(image.data.length);
  let to = 0;
  for (let channel = 0; channel < channels * factor ** 2; channel++) {
    const colour = Math.floor(channel / factor ** 2);
    const down = Math.floor((channel % factor ** 2) / factor);
    const across = channel % factor;
    for (let row = 0; row < rows; row++) {
      const line = (colour * height + row * factor + down) * width + across;
      for (let column = 0; column < columns; column++) data[to++] = image.data[line + column * factor] as number;
    }
  }
  return tensor('float32', [1, channels * factor ** 2, rows, columns], data);
}
