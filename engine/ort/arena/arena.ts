import { HeadroomError } from '../../contract/errors.ts';
import { RuntimeError } from '../errors.ts';
import { supportedProviders } from '../session.ts';
import { HelperSession } from './helper-session.ts';
import { OrtApi, type Pointer } from './ort-api.ts';
import { type ArenaProvider, PROVIDERS, type ProviderFacts } from './providers.ts';
import { Registration } from './registration.ts';
import { loadedRuntimePath } from './runtime-library.ts';
import { type ArenaStats, readStats } from './stats.ts';
import { ArenaUnavailable } from './unavailable.ts';

export type OpenedArena = { available: true; arena: Arena } | { available: false; reason: string };

/** onnxruntime would let a second arena take the place of the first without a word (1.29.0). */
const openProviders = new Set<ArenaProvider>();

/**
 * Opens the arena of a provider: sessions made from then on with its `sessionOptions` share it. Where onnxruntime cannot
 * be controlled, the answer says why, and sessions work as they do by themselves.
 *
 * @param limitBytes the most that the arena may take from the device; null for no limit
 * @throws HeadroomError `input` for a limit that is not a positive whole number, `internal` if the arena is open
 */
export async function openArena(provider: ArenaProvider, limitBytes: number | null): Promise<OpenedArena> {
  checkLimit(limitBytes);
  if (openProviders.has(provider)) throw new HeadroomError('internal', `The ${provider} arena is open already.`);
  if (!supportedProviders().includes(provider)) {
    return { available: false, reason: `onnxruntime has no ${provider} provider on this system.` };
  }
  openProviders.add(provider);
  try {
    const api = await OrtApi.load(loadedRuntimePath());
    return { available: true, arena: Arena.open(api, provider, limitBytes) };
  } catch (error) {
    openProviders.delete(provider);
    if (error instanceof ArenaUnavailable || error instanceof RuntimeError) {
      return { available: false, reason: error.message };
    }
    throw error;
  }
}

/**
 * The memory that all sessions of one provider share.
 *
 * What its limit means (docs/memory.md has the measurements): onnxruntime checks the limit when the arena grows, and not
 * when a weight is placed in it. A weight counts, but once weights alone exceed the limit there is none at all any more:
 * whoever loads weights compares them with `limitBytes - reservedBytes` first. Sessions run without memory pattern,
 * because with it onnxruntime
 * - sets aside the weights' bytes on the CPU a second time, although it uses them where the file is mapped, and
 * - takes the planned activations as one new block in the second run of a shape, beside the regions of the first.
 *
 * On the CPU, weights lie outside of the arena except for prepacked matrices; `hold` counts the others.
 */
export class Arena {
  readonly provider: ArenaProvider;
  /** What a session needs to share this arena. */
  readonly sessionOptions: ProviderFacts['sessionOptions'];
  readonly #api: OrtApi;
  readonly #registration: Registration;
  readonly #held = new Set<Pointer>();
  #helper: HelperSession | undefined;

  private constructor(api: OrtApi, provider: ArenaProvider, registration: Registration) {
    this.provider = provider;
    this.sessionOptions = PROVIDERS[provider].sessionOptions;
    this.#api = api;
    this.#registration = registration;
    this.#helper = new HelperSession(api, PROVIDERS[provider], registration);
  }

  /** @throws RuntimeError where the provider cannot start */
  static open(api: OrtApi, provider: ArenaProvider, limitBytes: number | null): Arena {
    const registration = new Registration(api, PROVIDERS[provider], limitBytes);
    try {
      return new Arena(api, provider, registration);
    } catch (error) {
      registration.release();
      throw error;
    }
  }

  /** Takes about two microseconds. Not while a session runs: that blocks the whole process. */
  stats(): ArenaStats {
    return readStats(this.#api, this.#open().allocator);
  }

  /**
   * Gives regions in which nothing is in use back to the device. After it, `reservedBytes` of the next run is what that
   * run alone needed at most.
   * @returns bytes given back
   */
  shrink(): number {
    const before = this.stats().reservedBytes;
    this.#open().shrink();
    return before - this.stats().reservedBytes;
  }

  /**
   * Counts `bytes` that lie elsewhere against the limit, by taking as many from the arena and leaving them untouched. On
   * the CPU this costs address space and no memory; on a GPU it takes the memory.
   * @returns what ends it; only the next `shrink` makes a smaller room of it
   * @throws RuntimeError `arena-limit` if they do not fit
   */
  hold(bytes: number): () => void {
    const { allocator } = this.#open();
    const pointer = this.#api.create('allocatorAlloc', allocator, bytes);
    this.#held.add(pointer);
    return () => {
      if (this.#held.delete(pointer)) this.#api.call('allocatorFree', allocator, pointer);
    };
  }

  /**
   * Starts an empty arena with another limit and fresh statistics. No session may hold the arena: one that does keeps the
   * old one, unseen.
   * @throws HeadroomError `internal` while something is in use
   */
  setLimit(limitBytes: number | null): void {
    checkLimit(limitBytes);
    if (this.stats().inUseBytes > 0) {
      throw new HeadroomError('internal', 'The memory limit can change only while no network is loaded.');
    }
    this.#open().close();
    this.#helper = undefined;
    this.#registration.replace(limitBytes);
    this.#helper = new HelperSession(this.#api, PROVIDERS[this.provider], this.#registration);
  }

  /** Sessions that hold the arena keep it until they are released; new ones do without. Safe to call twice. */
  close(): void {
    const helper = this.#helper;
    if (helper === undefined) return;
    for (const pointer of this.#held) this.#api.call('allocatorFree', helper.allocator, pointer);
    this.#held.clear();
    this.#helper = undefined;
    helper.close();
    this.#registration.release();
    openProviders.delete(this.provider);
  }

  #open(): HelperSession {
    if (this.#helper === undefined) throw new HeadroomError('internal', 'The memory arena was closed.');
    return this.#helper;
  }
}

function checkLimit(limitBytes: number | null): void {
  if (limitBytes === null || (Number.isSafeInteger(limitBytes) && limitBytes > 0)) return;
  throw new HeadroomError('input', `A memory limit is a whole number of bytes above zero, and not ${limitBytes}.`);
}
