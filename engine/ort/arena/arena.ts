import { HeadroomError } from '../../contract/errors.ts';
import type { ExtendStrategy } from '../../contract/protocol.ts';
import { RuntimeError } from '../errors.ts';
import { supportedProviders } from '../session.ts';
import { HelperSession } from './helper-session.ts';
import { openHostTrim } from './host-memory.ts';
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
export async function openArena(
  provider: ArenaProvider,
  limitBytes: number | null,
  strategy: ExtendStrategy = 'kSameAsRequested',
): Promise<OpenedArena> {
  checkLimit(limitBytes);
  if (openProviders.has(provider)) throw new HeadroomError('internal', `The ${provider} arena is open already.`);
  if (!supportedProviders().includes(provider)) {
    return { available: false, reason: `onnxruntime has no ${provider} provider on this system.` };
  }
  openProviders.add(provider);
  try {
    const api = await OrtApi.load(loadedRuntimePath());
    return { available: true, arena: Arena.open(api, await openHostTrim(), provider, limitBytes, strategy) };
  } catch (error) {
    openProviders.delete(provider);
    if (error instanceof ArenaUnavailable || error instanceof RuntimeError) {
      return { available: false, reason: error.message };
    }
    throw error;
  }
}

/**
 * The memory that all sessions of one provider share. Figures behind what follows: docs/memory.md.
 *
 * The limit bounds `reservedBytes`, and is checked when the arena grows for an activation. Weights that onnxruntime places
 * in the arena count without a check, and once they alone exceed the limit there is none any more (the difference wraps
 * around). Whoever loads weights therefore compares them with `limitBytes - reservedBytes` first. In return they are
 * gone from the arena when their session is released, whatever else is in it.
 *
 * On the CPU only prepacked matrices are in the arena; other weights lie in the mapped file or on the heap. `hold` counts
 * those. Sessions run without memory pattern (`sessionOptions`): with it the CPU provider also counts weights that it
 * never places, and the second run of a shape takes a new block for all activations beside the regions of the first.
 * `session.use_device_allocator_for_initializers` changes nothing on the CPU; on CUDA, where weights are copied, it is to
 * keep them out of the regions of activations (onnxruntime_session_options_config_keys.h).
 */
export class Arena {
  readonly provider: ArenaProvider;
  /** What a session needs to share this arena. */
  readonly sessionOptions: ProviderFacts['sessionOptions'];
  readonly #api: OrtApi;
  readonly #registration: Registration;
  readonly #trimHost: () => void;
  readonly #held = new Set<Pointer>();
  #helper: HelperSession | undefined;

  private constructor(api: OrtApi, trimHost: () => void, provider: ArenaProvider, registration: Registration) {
    this.provider = provider;
    this.sessionOptions = PROVIDERS[provider].sessionOptions;
    this.#api = api;
    this.#trimHost = trimHost;
    this.#registration = registration;
    this.#helper = new HelperSession(api, PROVIDERS[provider], registration);
  }

  /** @throws RuntimeError where the provider cannot start */
  static open(
    api: OrtApi,
    trimHost: () => void,
    provider: ArenaProvider,
    limitBytes: number | null,
    strategy: ExtendStrategy,
  ): Arena {
    const registration = new Registration(api, PROVIDERS[provider], limitBytes, strategy);
    try {
      return new Arena(api, trimHost, provider, registration);
    } catch (error) {
      registration.release();
      throw error;
    }
  }

  /** Where the arena is in this process; until `close` or `setLimit`. */
  get native(): { library: string; allocator: Pointer } {
    return { library: loadedRuntimePath(), allocator: this.#open().allocator };
  }

  /** Takes microseconds. */
  stats(): ArenaStats {
    return readStats(this.#api, this.#open().allocator);
  }

  /**
   * Gives the regions in which nothing is in use back to the device, and freed memory of the process to the system. From
   * an empty arena, `reservedBytes` after a run is all that the run needed.
   * @returns bytes that the arena gave back
   */
  shrink(): number {
    const before = this.stats().reservedBytes;
    this.#open().shrink();
    this.#trimHost();
    return before - this.stats().reservedBytes;
  }

  /**
   * Takes one free region of `bytes` for the runs to come. By itself the arena takes a region for each tensor that fits
   * in no other, and they never join: up to 1.7 times the bytes in use at the peak. In one region, 1.05 to 1.25 times as
   * many are enough. For use after `shrink`.
   * @throws RuntimeError `arena-limit` if they do not fit
   */
  prepare(bytes: number): void {
    this.hold(bytes)();
  }

  /**
   * Counts `bytes` that lie elsewhere against the limit, by taking as many from the arena and leaving them untouched: on
   * the CPU that costs address space and no memory, on a GPU the memory itself.
   * @returns what ends it
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
   * Starts an empty arena with another limit or strategy and fresh statistics. No session may hold the arena: one that does keeps the
   * old one, unseen.
   * @throws HeadroomError `internal` while something is in use
   */
  setLimit(limitBytes: number | null, strategy: ExtendStrategy = 'kSameAsRequested'): void {
    checkLimit(limitBytes);
    if (this.stats().inUseBytes > 0) {
      throw new HeadroomError('internal', 'The memory limit can change only while no network is loaded.');
    }
    this.#open().close();
    this.#helper = undefined;
    this.#registration.replace(limitBytes, strategy);
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
