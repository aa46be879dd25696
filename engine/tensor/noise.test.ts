import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readReferenceJson, readReferenceTensors } from '../../tests/support/fixtures.ts';
import { TorchGenerator } from './noise.ts';

interface RecordedCase {
  seed: string;
  sizes: number[];
  base64?: string;
  sha256?: string;
}

/** The bytes of all tensors of these sizes, drawn one after the other. */
function draw(generator: TorchGenerator, sizes: readonly number[]): Buffer {
  return Buffer.concat(sizes.map((size) => Buffer.from(generator.randn([size]).data.buffer)));
}

describe('TorchGenerator', () => {
  const cases = readReferenceJson<RecordedCase[]>('noise/noise.json');

  it('has recorded cases on both sides of the block size', () => {
    const sizes = cases.flatMap((recorded) => recorded.sizes);
    expect(sizes.some((size) => size < 16) && sizes.some((size) => size >= 16)).toBe(true);
  });

  it.each(cases)('draws PyTorch bits for seed $seed', ({ seed, sizes, base64, sha256 }) => {
    const bytes = draw(new TorchGenerator(BigInt(seed)), sizes);
    if (base64 !== undefined) expect(bytes.toString('base64')).toBe(base64);
    else expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('draws the initial latents of the starter references', () => {
    const latents = new TorchGenerator(42).randn([1, 4, 32, 32]);
    expect(latents.dims).toEqual([1, 4, 32, 32]);
    expect(latents.data).toEqual(readReferenceTensors('starter/reference.safetensors').get('initial_latents'));
  });

  it('takes a seed as number or bigint alike', () => {
    expect(new TorchGenerator(-1).randn([20])).toEqual(new TorchGenerator(2n ** 64n - 1n).randn([20]));
  });

  it.each([0.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n])('refuses the seed %s', (seed) => {
    expect(() => new TorchGenerator(seed)).toThrow(/seed is .* must be a whole number/);
  });
});
