import { Transformer } from '@napi-rs/image';
import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { pairProducts, previewLatents, toByte } from './preview.ts';

const latents = (...values: number[]) => tensor('float32', [1, 2, 1, 1], Float32Array.from(values));
/** One latent is one pixel, so JPEG has nothing to blur. */
const pixel = (jpeg: Uint8Array) => [...new Transformer(jpeg).rawPixelsSync()];

test('a pixel is the sum of its channels colours', () => {
  const factors = {
    channels: [
      [0.5, 0, 0],
      [0, 0.25, 0.25],
    ],
    bias: [0, 0, -0.5],
  } as const;
  const [red = 0, green = 0, blue = 0] = pixel(previewLatents([latents(1, -2)], factors));
  expect(Math.abs(red - toByte(0.5))).toBeLessThan(4);
  expect(Math.abs(green - toByte(-0.5))).toBeLessThan(4);
  expect(Math.abs(blue - toByte(-1))).toBeLessThan(4);
});

test('and of its pairs of channels where the model has them, in their order', () => {
  const products = [
    [0.1, 0, 0],
    [0, 0.1, 0],
    [0, 0, 0.1],
  ] as const;
  const factors = {
    channels: [
      [0, 0, 0],
      [0, 0, 0],
    ],
    products,
    bias: [0, 0, 0],
  } as const;
  const shown = pixel(previewLatents([latents(2, 3)], factors));
  for (const [index, product] of pairProducts([2, 3]).entries()) {
    expect(Math.abs(shown[index]! - toByte(product / 10))).toBeLessThan(4);
  }
});

test('several pictures are shown in a grid', () => {
  const factors = {
    channels: [
      [1, 1, 1],
      [0, 0, 0],
    ],
    bias: [0, 0, 0],
  } as const;
  const size = (count: number) => {
    const { width, height } = new Transformer(previewLatents(Array(count).fill(latents(0, 0)), factors)).metadataSync();
    return [width, height];
  };
  expect([1, 2, 4, 5].map(size)).toEqual([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 2],
  ]);
});

test('colours are cut off at black and white', () => {
  expect([-9, -1, 0, 1, 9].map(toByte)).toEqual([0, 0, 128, 255, 255]);
});
