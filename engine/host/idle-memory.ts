import type { DeviceMemory } from '../memory/device-memory.ts';

/** A person who tries out a prompt starts the next run about as soon. */
const IDLE_MS = 3_000;
/** Less is not worth the time that taking it again costs. */
const WORTHWHILE_BYTES = 64 * 2 ** 20;

/** Gives memory that runs have left behind to other programs when nothing has run for a while. */
export class IdleMemory {
  readonly #memory: DeviceMemory;
  readonly #freed: (bytes: number, leftInPieces: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param freed hears what came back, and what is free and did not: it lies in pieces, each with something in use */
  constructor(memory: DeviceMemory, freed: (bytes: number, leftInPieces: number) => void) {
    this.#memory = memory;
    this.#freed = freed;
  }

  /** A run begins. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** A run is over. */
  idle(afterMs = IDLE_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#memory.cachedBytes() < WORTHWHILE_BYTES) return;
      this.#freed(this.#memory.shrink(), this.#memory.cachedBytes());
    }, afterMs);
    // The command line ends when its run does.
    this.#timer.unref();
  }
}
