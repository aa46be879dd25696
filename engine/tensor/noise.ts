import { HeadroomError } from '../contract/errors.ts';
import { Mt19937 } from './mt19937.ts';
import { normalFill16 } from './normal-fill.ts';
import { elementCount, type Tensor, tensor } from './tensor.ts';

const BLOCK = 16;
const SMALLEST_SEED = -(2n ** 63n);
const LARGEST_SEED = 2n ** 64n - 1n;

/**
 * PyTorch's CPU generator: the numbers of `torch.Generator('cpu').manual_seed(seed)`, bit for bit as an x86-64 machine with
 * AVX2 draws them, whatever machine this runs on. Source: aten/src/ATen/CPUGeneratorImpl.cpp and
 * native/cpu/DistributionTemplates.h (`normal_kernel`, `normal_fill_AVX2`).
 */
export class TorchGenerator {
  readonly #engine: Mt19937;
  /** The second number of the last Box-Muller pair of a small tensor, if nobody had it yet. */
  #pendingNormal: number | null = null;

  /**
   * @param seed a whole number in -2⁶³…2⁶⁴-1; like PyTorch's, the generator is seeded from its lowest 32 bits
   * @throws HeadroomError `input` for any other number
   */
  constructor(seed: number | bigint) {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) throw seedError(seed);
    const whole = BigInt(seed);
    if (whole < SMALLEST_SEED || whole > LARGEST_SEED) throw seedError(seed);
    this.#engine = new Mt19937(Number(BigInt.asUintN(32, whole)));
  }

  /** Standard normal numbers, as `torch.randn(dims, generator=…)` in float32. */
  randn(dims: readonly number[]): Tensor<'float32'> {
    const data = new Float32Array(elementCount(dims));
    if (data.length < BLOCK) {
      for (let i = 0; i < data.length; i++) data[i] = this.#nextNormal();
    } else {
      this.#fillBlocks(data);
    }
    return tensor('float32', dims, data);
  }

  #fillBlocks(data: Float32Array): void {
    for (let i = 0; i < data.length; i++) data[i] = this.#nextFloat32Uniform();
    for (let start = 0; start + BLOCK <= data.length; start += BLOCK) normalFill16(data, start);
    if (data.length % BLOCK === 0) return;
    // The rest is not a whole block: PyTorch draws the last sixteen numbers once more.
    const start = data.length - BLOCK;
    for (let i = start; i < data.length; i++) data[i] = this.#nextFloat32Uniform();
    normalFill16(data, start);
  }

  /** One normal number in double precision, by Box-Muller (`normal_distribution<double>` of DistributionsHelper.h). */
  #nextNormal(): number {
    const pending = this.#pendingNormal;
    if (pending !== null) {
      this.#pendingNormal = null;
      return pending;
    }
    const angle = 2 * Math.PI * this.#nextFloat64Uniform();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#nextFloat64Uniform()));
    this.#pendingNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** In [0, 1), of 24 random bits. */
  #nextFloat32Uniform(): number {
    return (this.#engine.nextUint32() & 0xffffff) * 2 ** -24;
  }

  /** In [0, 1), of the lower 53 bits of 64 random ones, of which the upper half is drawn first. */
  #nextFloat64Uniform(): number {
    const high = this.#engine.nextUint32() & 0x1fffff;
    return (high * 2 ** 32 + this.#engine.nextUint32()) * 2 ** -53;
  }
}

function seedError(seed: number | bigint): HeadroomError {
  return new HeadroomError('input', `The seed is ${seed}; it must be a whole number from -2^63 to 2^64 - 1.`);
}
