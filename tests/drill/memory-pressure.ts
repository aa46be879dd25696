import { DeviceMemory } from '../../engine/memory/device-memory.ts';

const MEBIBYTE = 2 ** 20;

/** Enough for any of the drill's rows with everything resident. */
export const DRILL_LIMIT_BYTES = 256 * MEBIBYTE;

/** What the drill does to the memory of an engine. */
export type MemoryFault = 'squeeze' | 'crumble';

/** Takes memory of the engine in this process away, so that onnxruntime itself runs out of it. */
export class MemoryPressure {
  readonly #memory: DeviceMemory;
  #armed = false;
  #hasStruck = false;
  #ease = () => {};

  private constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  /** Beside an engine that is open: they share the process's arena. */
  static async open(): Promise<MemoryPressure> {
    return new MemoryPressure(await DeviceMemory.open('cpu', DRILL_LIMIT_BYTES));
  }

  /** @param fault `squeeze`: nothing is left when the next network runs; `crumble`: what is left lies in pieces for good */
  apply(fault: MemoryFault): void {
    if (fault === 'squeeze') this.#armed = true;
    else this.#crumble();
  }

  /** A row begins: each is struck once, because what is freed for it the first time cannot be freed again. */
  rowBegins(): void {
    this.#hasStruck = false;
  }

  /** A network is about to run. @param resident how many components there are that could be freed for it */
  beforeRun(resident: number): void {
    // With nothing to free a rung is taken, which the picture tells of and with which later rows begin.
    if (!this.#armed || this.#hasStruck || resident < 2) return;
    this.#armed = false;
    this.#hasStruck = true;
    this.#memory.shrink();
    const left = DRILL_LIMIT_BYTES - (this.#memory.account()?.reservedBytes ?? 0);
    this.#ease = this.#memory.hold(left - 4096);
  }

  ease(): void {
    this.#ease();
  }

  /** A region of which one page is in use, and beside it less than any row needs. */
  #crumble(): void {
    this.#memory.prepareRun(180 * MEBIBYTE);
    this.#memory.hold(4096);
  }
}
