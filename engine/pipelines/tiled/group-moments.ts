/** Mean and variance of each group of channels over a whole image, put together from its parts in double precision. */
export class GroupMoments {
  readonly #parts: { readonly pixels: number; readonly moments: Float32Array }[] = [];

  /**
   * @param pixels how many the part has
   * @param moments float32 [groups, 2]: the mean of the part and its sum of squared differences from that mean
   */
  add(pixels: number, moments: Float32Array): void {
    this.#parts.push({ pixels, moments });
  }

  /**
   * The groups of parts with known moments: T. F. Chan, G. H. Golub, R. J. LeVeque, Updating formulae and a pairwise
   * algorithm for computing sample variances (1979).
   *
   * @param channels in a group: a part has as many numbers for each pixel
   */
  statistics(channels: number): { readonly mean: Float32Array; readonly variance: Float32Array } {
    const groups = (this.#parts[0]?.moments.length ?? 0) / 2;
    const mean = new Float32Array(groups);
    const variance = new Float32Array(groups);
    for (let group = 0; group < groups; group++) {
      let [count, average, squares] = [0, 0, 0];
      for (const { pixels, moments } of this.#parts) {
        const added = pixels * channels;
        const difference = (moments[2 * group] as number) - average;
        squares += (moments[2 * group + 1] as number) + (difference ** 2 * count * added) / (count + added);
        average += (difference * added) / (count + added);
        count += added;
      }
      mean[group] = average;
      variance[group] = squares / count;
    }
    return { mean, variance };
  }
}
