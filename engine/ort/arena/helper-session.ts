import { createIdentitySession } from './identity-session.ts';
import { NativeObjects } from './native-objects.ts';
import type { OrtApi, Pointer } from './ort-api.ts';
import type { ProviderFacts } from './providers.ts';
import type { Registration } from './registration.ts';

/** ONNXTensorElementDataType FLOAT. */
const FLOAT = 1;

/**
 * The way to an arena of the OrtEnv, which leads through a session only: a session's allocator has the statistics, and
 * the end of a run shrinks the arena. The input and output of that run lie outside of the arena, where one live tensor
 * would keep a whole region.
 */
export class HelperSession {
  /** The OrtAllocator of the arena. */
  readonly allocator: Pointer;
  readonly #api: OrtApi;
  readonly #objects: NativeObjects;
  readonly #session: Pointer;
  readonly #shrinking: Pointer;
  readonly #input: Pointer;
  readonly #output: Pointer;

  constructor(api: OrtApi, provider: ProviderFacts, { env, memory }: Registration) {
    const objects = new NativeObjects(api);
    this.#api = api;
    this.#objects = objects;
    [this.#session, this.allocator, this.#shrinking, this.#input, this.#output] = objects.orRelease(() => {
      const session = createIdentitySession(api, objects, provider, env);
      const allocator = objects.create('createAllocator', 'releaseAllocator', session, memory);
      const shrinking = objects.create('createRunOptions', 'releaseRunOptions');
      api.call('addRunConfigEntry', shrinking, 'memory.enable_memory_arena_shrinkage', provider.device);
      const host = api.create('getAllocatorWithDefaultOptions');
      const value = () => objects.create('createTensorAsOrtValue', 'releaseValue', host, [1], 1, FLOAT);
      return [session, allocator, shrinking, value(), value()] as const;
    });
  }

  /** Gives the regions of the arena in which nothing is in use back to the device. */
  shrink(): void {
    this.#api.call('run', this.#session, this.#shrinking, ['x'], [this.#input], 1, ['y'], 1, [this.#output]);
  }

  close(): void {
    this.#objects.release();
  }
}
