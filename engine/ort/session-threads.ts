import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import type { InferenceSession } from 'onnxruntime-node';
import type { DType, TensorData } from '../tensor/tensor.ts';

/** A tensor as it crosses to a thread and back. */
interface Value {
  readonly type: Exclude<DType, 'bfloat16'>;
  readonly dims: readonly number[];
  readonly data: TensorData[DType];
}
export type Values = Readonly<Record<string, Value>>;

/** What a thread does with sessions, which their owner numbers. Errors are those of the runtime. */
export interface SessionMethods {
  /** @returns names */
  create(
    id: number,
    bytes: Uint8Array,
    options: InferenceSession.SessionOptions,
  ): Promise<{ inputs: readonly string[]; outputs: readonly string[] }>;
  /** Data is handed over, and the inputs' is handed back. */
  run(id: number, inputs: Values): Promise<{ outputs: Values; inputs: Values }>;
  release(id: number): Promise<void>;
}

/** The thread's program: in a checkout, beside a bundle, and above one that shares its code with others. */
const PROGRAMS = ['./session-thread.mjs', './session-thread.cjs', '../session-thread.cjs'];

/** By the provider that their sessions run on. */
const pools = new Map<string, SessionThread[]>();

/**
 * The thread of a provider that has least to do, or a new one if all have something.
 *
 * @param most how many it may have
 */
export function idlestThread(provider: string, most: number): SessionThread {
  const threads = pools.get(provider) ?? [];
  pools.set(provider, threads);
  const [idlest] = threads.toSorted((a, b) => a.pending - b.pending);
  if (idlest && (idlest.pending === 0 || threads.length >= most)) return idlest;
  const started = new SessionThread();
  threads.push(started);
  return started;
}

/**
 * A thread that is inside onnxruntime in the process's stead: the runtime works synchronously, and whoever calls it hears
 * nothing meanwhile. It lives as long as the process, which does not wait for it but while a call is pending, and which ends with
 * its error should it fail: nobody hears that, on purpose, as nothing could go on without what it holds.
 */
export class SessionThread {
  readonly #worker = new Worker(program());
  readonly #methods: BirpcReturn<SessionMethods>;
  /** Of the inputs of the last run: to fill them again takes a quarter of the time that new ones take. */
  #buffers: ArrayBufferLike[] = [];
  #pending = 0;

  constructor() {
    this.#worker.unref();
    this.#methods = createBirpc<SessionMethods>(
      {},
      {
        post: (message) => this.#worker.postMessage(message, buffersOf(message)),
        on: (listener) => this.#worker.on('message', listener),
        // A run takes as long as it takes.
        timeout: -1,
      },
    );
  }

  /** How many calls it has not answered yet. */
  get pending(): number {
    return this.#pending;
  }

  create(...parameters: Parameters<SessionMethods['create']>): ReturnType<SessionMethods['create']> {
    return this.#call(() => this.#methods.create(...parameters));
  }

  /** Inputs stay as they are: the thread is given copies. */
  async run(id: number, inputs: Values): Promise<Values> {
    const copies = Object.entries(inputs).map(([name, value]) => [name, { ...value, data: this.#copy(value.data) }]);
    const { outputs, inputs: used } = await this.#call(() => this.#methods.run(id, Object.fromEntries(copies)));
    this.#buffers = Object.values(used).map(({ data }) => data.buffer);
    return outputs;
  }

  release(id: number): Promise<void> {
    this.#buffers = [];
    return this.#call(() => this.#methods.release(id));
  }

  async #call<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#pending === 0) this.#worker.ref();
    this.#pending += 1;
    try {
      return await call();
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#worker.unref();
    }
  }

  #copy(data: Value['data']): Value['data'] {
    const index = this.#buffers.findIndex(({ byteLength }) => byteLength === data.byteLength);
    const [buffer = new ArrayBuffer(data.byteLength)] = index < 0 ? [] : this.#buffers.splice(index, 1);
    const TypedArray = data.constructor as new (buffer: ArrayBufferLike) => Value['data'];
    const copy = new TypedArray(buffer);
    (copy as { set(from: Value['data']): void }).set(data);
    return copy;
  }
}

/** The copies of its inputs that a run is handed over. */
function buffersOf({ m, a }: { m: keyof SessionMethods; a: Parameters<SessionMethods['run']> }): ArrayBuffer[] {
  return m === 'run' ? Object.values(a[1]).map(({ data }) => data.buffer as ArrayBuffer) : [];
}

function program(): string {
  const places = PROGRAMS.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const found = places.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`The program of the threads that hold sessions is not at ${places.join(', ')}.`);
  return found;
}
