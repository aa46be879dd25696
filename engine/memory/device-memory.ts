import { HeadroomError } from '../contract/errors.ts';
import type { GaugeFiles } from '../contract/gauge.ts';
import type { ArenaAccount } from '../contract/memory.ts';
import type { EngineOptions, MemorySettings } from '../contract/protocol.ts';
import { type Arena, openArena } from '../ort/arena/arena.ts';
import { startGauge } from '../ort/arena/gauge.ts';
import { INITIAL_CHUNK_BYTES, MAX_DEAD_BYTES } from '../ort/arena/registration.ts';
import { deviceReader, type ReadDevice } from '../ort/device-reading.ts';
import { refusedBytes } from '../ort/errors.ts';
import type { Provider, SessionOptions } from '../ort/session.ts';
import { Turns } from './turns.ts';

/**
 * Regions of an arena do not join, so a run that is given one region needs less than one that takes a region for each
 * tensor. This many times a run's peak was enough for every graph and shape tried: on CUDA 1.2 was not, on the CPU 1.15 was
 * (docs/memory.md).
 */
export const REGION_FACTOR = 1.25;

/** In regions that it takes piece by piece, a run needs up to this many times its peak (docs/memory.md). */
const PIECES_FACTOR = 1.75;

/** What rounding costs a small run beside the factor. */
export const REGION_SLACK_BYTES = 2 ** 20;

/** Part of a device that is left alone: other programs grow, and libraries take memory of their own while they work. */
const RESERVED_PART = 1 / 16;
const MOST_RESERVED_BYTES = 2 ** 30;

/** What is asked of a device's memory besides its limit. */
export type DeviceMemoryWishes = Pick<EngineOptions, 'keptFreeBytes' | 'extendStrategy'>;

/** A process has one arena for each provider, whoever opens it: onnxruntime keeps it for as long as the process lives. */
const arenas = new Map<Provider, Arena>();

/**
 * The device's memory as all sessions of a provider share it: one arena where onnxruntime has one that can be controlled,
 * else nothing but the sessions' own allocators.
 */
export class DeviceMemory {
  readonly limitBytes: number | null;
  /** Why there is no arena, in words for the person; null where there is one. */
  readonly unavailable: string | null;
  readonly #arena: Arena | undefined;
  readonly #read: ReadDevice;
  readonly #wishes: DeviceMemoryWishes;
  readonly #turns = new Turns();
  #region: { bytes: number; reservedBytes: number } | undefined;

  private constructor(
    arena: Arena | undefined,
    limitBytes: number | null,
    unavailable: string | null,
    read: ReadDevice = () => null,
    wishes: DeviceMemoryWishes = {},
  ) {
    this.#arena = arena;
    this.#read = read;
    this.#wishes = wishes;
    this.limitBytes = limitBytes;
    this.unavailable = unavailable;
  }

  /**
   * Opened again, it is the same memory; its account begins anew if nothing is in use.
   *
   * @param limitBytes the most that weights and runs may take together; null for all that the device has
   * @param given how the device is read; by default as it can be
   * @param wishes what the person chose
   * @throws HeadroomError `input` for a limit that is no positive whole number, `internal` for another limit than before
   * while something is in use
   */
  static async open(
    provider: Provider,
    limitBytes: number | null,
    given?: ReadDevice,
    wishes: DeviceMemoryWishes = {},
  ): Promise<DeviceMemory> {
    if (provider !== 'cpu' && provider !== 'cuda') {
      return new DeviceMemory(undefined, limitBytes, `onnxruntime does not let the memory of ${provider} be limited.`);
    }
    const read = given ?? (await deviceReader(provider));
    const known = arenas.get(provider);
    if (known) {
      const stats = known.stats();
      if (stats.inUseBytes === 0 || stats.limitBytes !== limitBytes) known.setLimit(limitBytes, wishes.extendStrategy);
      return new DeviceMemory(known, limitBytes, null, read, wishes);
    }
    const opened = await openArena(provider, limitBytes, wishes.extendStrategy);
    if (!opened.available) return new DeviceMemory(undefined, limitBytes, opened.reason, read, wishes);
    arenas.set(provider, opened.arena);
    return new DeviceMemory(opened.arena, limitBytes, null, read, wishes);
  }

  /** Sessions with allocators of their own, and no limit. */
  static unmanaged(): DeviceMemory {
    return new DeviceMemory(undefined, null, null);
  }

  /** What a session needs to share this memory. */
  get sessionOptions(): Pick<SessionOptions, 'memoryPattern' | 'threads' | 'config'> {
    return this.#arena?.sessionOptions ?? {};
  }

  /** Null without an arena. Takes microseconds. */
  account(): ArenaAccount | null {
    if (!this.#arena) return null;
    const { inUseBytes, reservedBytes, peakBytes } = this.#arena.stats();
    return { inUseBytes, reservedBytes, peakBytes, limitBytes: this.limitBytes };
  }

  /**
   * What weights and runs may take together at this moment: what is held already and what is free beside other programs,
   * less a reserve, and never more than the limit. Null where neither is known.
   */
  budgetBytes(): number | null {
    const reading = this.#arena && this.#read();
    if (!this.#arena || !reading) return this.limitBytes;
    const reserve = this.#keptFree(reading.totalBytes);
    const budget = Math.floor(this.#arena.stats().reservedBytes + reading.freeBytes - reserve);
    return Math.max(0, Math.min(budget, this.limitBytes ?? budget));
  }

  #keptFree(totalBytes: number): number {
    return this.#wishes.keptFreeBytes ?? Math.min(totalBytes * RESERVED_PART, MOST_RESERVED_BYTES);
  }

  /** What is in force, chosen or not. */
  settings(): Omit<MemorySettings, 'device' | 'environment'> {
    const deviceBytes = this.#read()?.totalBytes ?? null;
    const { extendStrategy = 'kSameAsRequested' } = this.#wishes;
    return {
      deviceBytes,
      limitBytes: this.#arena ? this.limitBytes : null,
      keptFreeBytes: this.#arena && deviceBytes !== null ? this.#keptFree(deviceBytes) : null,
      arena: this.#arena
        ? { extendStrategy, initialChunkBytes: INITIAL_CHUNK_BYTES, maxDeadBytes: MAX_DEAD_BYTES }
        : null,
      regionFactor: REGION_FACTOR,
    };
  }

  /** Has a thread tell what the arena holds for as long as the process lives: it must not be opened again meanwhile. */
  startGauge(files: GaugeFiles, failed: (why: string) => void): void {
    if (this.#arena) startGauge(this.#arena, files, failed);
  }

  /** What the limit leaves beside all that is in use; null where nothing limits. */
  freeBytes(): number | null {
    if (!this.#arena || this.limitBytes === null) return null;
    return this.limitBytes - this.#arena.stats().inUseBytes;
  }

  /** What the budget leaves beside all that is in use; null where there is none. */
  roomBytes(): number | null {
    const budget = this.budgetBytes();
    return this.#arena && budget !== null ? budget - this.#arena.stats().inUseBytes : null;
  }

  /** By how much what is held eats into the reserve, because other programs have taken so much; 0 where it does not. */
  excessBytes(): number {
    const budget = this.budgetBytes();
    return this.#arena && budget !== null ? Math.max(0, this.#arena.stats().reservedBytes - budget) : 0;
  }

  /** What is reserved and not in use. After `shrink` it lies in pieces that cannot be given back. */
  cachedBytes(): number {
    if (!this.#arena) return 0;
    const { reservedBytes, inUseBytes } = this.#arena.stats();
    return reservedBytes - inUseBytes;
  }

  /** Gives what is reserved and not in use back to the device. @returns bytes */
  shrink(): number {
    this.#region = undefined;
    return this.#arena?.shrink() ?? 0;
  }

  /**
   * Sees that a run whose values need `bytes` at most finds them in one region, under a limit and where little is free: else
   * that would only cost time. Where the region does not fit, the run may still fit in pieces: it is left to try.
   */
  prepareRun(bytes: number): void {
    if (!this.#arena) return;
    const room = this.roomBytes();
    if (this.limitBytes === null && (room === null || room >= bytes * PIECES_FACTOR)) return;
    const wanted = regionBytes(bytes);
    const { reservedBytes } = this.#arena.stats();
    if (this.#region && this.#region.bytes >= wanted && this.#region.reservedBytes === reservedBytes) return;
    this.shrink();
    try {
      this.#arena.prepare(wanted);
      this.#region = { bytes: wanted, reservedBytes: this.#arena.stats().reservedBytes };
    } catch (thrown) {
      if (!(thrown instanceof HeadroomError && thrown.code === 'memory')) throw thrown;
    }
  }

  /** Does what changes what is held while nothing is loaded or run: the figures of both are true, and no run loses its region. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.alone(work);
  }

  /**
   * Makes a run when nothing is loaded or run, and tells how much more than before it was in use at its worst moment. Null where
   * that does not show: an earlier peak was as high, or a region was taken for the run.
   *
   * What one session gives back to the arena while its kernels are still at work must not be given to another.
   *
   * @param expectedBytes what it is prepared for, see `prepareRun`; undefined to leave it to try
   */
  measure<T>(expectedBytes: number | undefined, run: () => Promise<T>): Promise<{ result: T; bytes: number | null }> {
    return this.#turns.alone(async () => {
      if (expectedBytes !== undefined) this.prepareRun(expectedBytes);
      const arena = this.#arena;
      if (!arena || this.#region) return { result: await run(), bytes: null };
      const before = arena.stats();
      const result = await run();
      const { peakBytes } = arena.stats();
      return { result, bytes: peakBytes > before.peakBytes ? peakBytes - before.inUseBytes : null };
    });
  }

  /**
   * What the values of a run need that was given a region and still ran into the limit, since they did not find their places
   * in it: what has a region as large as that and what was asked for beside it. Null for another failure.
   */
  neededBytes(failure: unknown): number | null {
    const refused = refusedBytes(failure);
    if (!this.#region || refused === null) return null;
    return (this.#region.bytes + refused - REGION_SLACK_BYTES) / REGION_FACTOR;
  }

  /**
   * Creates a session whose weights take `bytes`, and sees that all of them count against the limit: on the CPU most lie
   * outside of the arena, and how many shows only while nothing else is loaded. The caller has made room for them.
   *
   * @returns what `create` gives, and a function that ends the counting once the session is released
   * @throws RuntimeError `arena-limit` if they do not fit, and whatever `create` throws
   */
  countingWeights<T extends { release(): Promise<void> }>(
    bytes: number,
    create: () => Promise<T>,
  ): Promise<{ created: T; uncount: () => void }> {
    const arena = this.#arena;
    if (arena?.provider !== 'cpu') {
      return this.#turns.together(async () => ({ created: await create(), uncount: () => {} }));
    }
    return this.#turns.alone(async () => {
      // Only to see that they fit: held meanwhile, those of them that get into the arena would count twice.
      arena.hold(bytes)();
      this.shrink();
      const before = arena.stats().inUseBytes;
      const created = await create();
      const inArena = arena.stats().inUseBytes - before;
      this.shrink();
      try {
        return { created, uncount: this.hold(bytes - inArena) };
      } catch (thrown) {
        await created.release();
        throw thrown;
      }
    });
  }

  /**
   * Counts `bytes` that lie elsewhere, if there are any.
   *
   * @returns what ends it
   * @throws RuntimeError `arena-limit` if they do not fit
   */
  hold(bytes: number): () => void {
    return (bytes > 0 && this.#arena?.hold(bytes)) || (() => {});
  }
}

/** Bytes of the region in which a run is sure to find room for values of `peakBytes` at most. */
export function regionBytes(peakBytes: number): number {
  return Math.ceil(peakBytes * REGION_FACTOR) + REGION_SLACK_BYTES;
}
