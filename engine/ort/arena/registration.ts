import type { ExtendStrategy } from '../../contract/protocol.ts';
import { createIdentitySession } from './identity-session.ts';
import { NativeObjects, withObjects } from './native-objects.ts';
import type { OrtApi, Pointer } from './ort-api.ts';
import { LOG_LEVEL } from './ort-functions.ts';
import type { ProviderFacts } from './providers.ts';

/** OrtAllocatorType OrtArenaAllocator, device 0, OrtMemType OrtMemTypeDefault. */
const ARENA_ALLOCATOR = 1;
const FIRST_DEVICE = 0;
const DEFAULT_MEMORY = 0;

/** `ArenaExtendStrategy` of onnxruntime. Regions of exactly the size that is asked for, or ones that double up to 1 GiB. */
const EXTEND_STRATEGIES: Readonly<Record<ExtendStrategy, number>> = { kNextPowerOfTwo: 0, kSameAsRequested: 1 };
/** A free chunk is cut when more than this would be left over. onnxruntime's 128 MiB may waste as much for each tensor. */
export const MAX_DEAD_BYTES = 2 ** 18;
export const INITIAL_CHUNK_BYTES = 2 ** 20;

/** One arena in the OrtEnv of this process, which its sessions have in common whoever made them. */
export class Registration {
  readonly env: Pointer;
  /** The OrtMemoryInfo that names the arena's memory. */
  readonly memory: Pointer;
  readonly #api: OrtApi;
  readonly #provider: ProviderFacts;
  readonly #objects: NativeObjects;

  /** @throws RuntimeError where the provider is missing, or has an arena already */
  constructor(api: OrtApi, provider: ProviderFacts, limitBytes: number | null, strategy: ExtendStrategy) {
    this.#api = api;
    this.#provider = provider;
    this.#objects = new NativeObjects(api);
    // There is one OrtEnv in a process: this creates it, or counts one reference more.
    this.env = this.#objects.create('createEnv', 'releaseEnv', LOG_LEVEL, 'headroom');
    this.memory = this.#objects.orRelease(() =>
      this.#objects.create(
        'createMemoryInfo',
        'releaseMemoryInfo',
        provider.memory,
        ARENA_ALLOCATOR,
        FIRST_DEVICE,
        DEFAULT_MEMORY,
      ),
    );
    this.#objects.orRelease(() => {
      // onnxruntime 1.29.0 ends the process when it registers an arena of a provider that cannot start. Starting a session
      // with it answers with a status instead.
      withObjects(api, (temporary) => createIdentitySession(api, temporary, provider, this.env));
      this.#register(limitBytes, strategy);
    });
  }

  /** Sessions made from now on share an arena with this limit. Earlier ones keep theirs until they are released. */
  replace(limitBytes: number | null, strategy: ExtendStrategy): void {
    this.#api.call('unregisterAllocator', this.env, this.memory);
    this.#register(limitBytes, strategy);
  }

  release(): void {
    this.#api.call('unregisterAllocator', this.env, this.memory);
    this.#objects.release();
  }

  #register(limitBytes: number | null, strategy: ExtendStrategy): void {
    const settings = {
      // Zero stands for no limit.
      max_mem: limitBytes ?? 0,
      arena_extend_strategy: EXTEND_STRATEGIES[strategy],
      initial_chunk_size_bytes: INITIAL_CHUNK_BYTES,
      max_dead_bytes_per_chunk: MAX_DEAD_BYTES,
    };
    const keys = Object.keys(settings);
    withObjects(this.#api, (objects) => {
      const values = Object.values(settings);
      const config = objects.create('createArenaCfgV2', 'releaseArenaCfg', keys, values, keys.length);
      const { name } = this.#provider;
      this.#api.call('createAndRegisterAllocatorV2', this.env, name, this.memory, config, null, null, 0);
    });
  }
}
