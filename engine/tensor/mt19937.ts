/*
 * The Mersenne Twister MT19937 of M. Matsumoto and T. Nishimura ("Mersenne Twister: A 623-dimensionally equidistributed
 * uniform pseudorandom number generator", 1998), seeded from one 32-bit word as in their `init_genrand` (2002).
 */
const STATE_SIZE = 624;
const SHIFT_SIZE = 397;
const UPPER_BIT = 0x80000000;
const LOWER_BITS = 0x7fffffff;
const TWIST_MATRIX = 0x9908b0df;

export class Mt19937 {
  readonly #state = new Uint32Array(STATE_SIZE);
  #next = STATE_SIZE;

  /** @param seed 32 bits, unsigned */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < STATE_SIZE; i++) {
      const previous = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 random bits, as an integer in 0…2³²-1. */
  nextUint32(): number {
    if (this.#next === STATE_SIZE) this.#twist();
    let word = this.#state[this.#next++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const mixed = (state[i]! & UPPER_BIT) | (state[(i + 1) % STATE_SIZE]! & LOWER_BITS);
      const source = state[(i + SHIFT_SIZE) % STATE_SIZE]!;
      state[i] = source ^ (mixed >>> 1) ^ (mixed & 1 ? TWIST_MATRIX : 0);
    }
    this.#next = 0;
  }
}
