/**
 * Who may use something that several want at once: some of them together, or one alone. All get their turn in the order in
 * which they asked.
 */
export class Turns {
  /** The end of the last turn that was for one alone. */
  #alone: Promise<void> = Promise.resolve();
  /** Of the turns since then. */
  #together: Promise<void>[] = [];

  /** Does `work` when nobody who must be alone is at it; others like it may be. */
  together<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#alone.then(work);
    this.#together.push(settled(done));
    return done;
  }

  /** Does `work` when all before it are done, and has all after it wait. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.all([this.#alone, ...this.#together]).then(work);
    this.#alone = settled(done);
    this.#together = [];
    return done;
  }
}

/** Keeps nothing of what the work gives. */
async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {});
}
