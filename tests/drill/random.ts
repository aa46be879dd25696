/** Numbers that look random and are the same for the same seed: a minimal standard generator (Park and Miller, 1988). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed % 2147483646) + 1;
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    this.state = (this.state * 48271) % 2147483647;
    return this.state % Math.ceil(count);
  }
}
