import type { OrtApi, Pointer } from './ort-api.ts';
import type { OrtFunction } from './ort-functions.ts';

/** Objects of onnxruntime that live together. They are released in the reverse order of their creation. */
export class NativeObjects {
  readonly #api: OrtApi;
  readonly #objects: { release: OrtFunction; object: Pointer }[] = [];

  constructor(api: OrtApi) {
    this.#api = api;
  }

  create(create: OrtFunction, release: OrtFunction, ...parameters: unknown[]): Pointer {
    const object = this.#api.create(create, ...parameters);
    this.#objects.push({ release, object });
    return object;
  }

  release(): void {
    for (const { release, object } of this.#objects.splice(0).reverse()) this.#api.release(release, object);
  }

  /** What `action` returns; if it throws, everything made so far is released. */
  orRelease<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.release();
      throw error;
    }
  }
}

/** What `action` returns, with objects that only it needs. */
export function withObjects<T>(api: OrtApi, action: (objects: NativeObjects) => T): T {
  const objects = new NativeObjects(api);
  try {
    return action(objects);
  } finally {
    objects.release();
  }
}
