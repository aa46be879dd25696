import { describe, expect, it } from 'vitest';
import { elementCount, tensor } from './tensor.ts';

describe('tensor', () => {
  it('counts elements, one for a scalar', () => {
    expect([elementCount([2, 3, 4]), elementCount([]), elementCount([5, 0])]).toEqual([24, 1, 0]);
  });

  it('holds the data it is given', () => {
    const data = new Float32Array(6);
    expect(tensor('float32', [2, 3], data)).toEqual({ dtype: 'float32', dims: [2, 3], data });
  });

  it.each([[[2, 2]], [[-2, -3]], [[1.5, 4]]])('refuses the shape %j for six elements', (dims) => {
    expect(() => tensor('float32', dims, new Float32Array(6))).toThrow(/cannot hold 6 elements/);
  });
});
