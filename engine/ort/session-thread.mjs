// The program of a thread that holds sessions of onnxruntime and runs them, one call after the other. Plain JavaScript: a
// thread does not inherit the loader that the sources run with, and the first picture would wait for one.
import { parentPort } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';

/** @typedef {import('./session-threads.ts').Values} Values */

/** @type {Map<number, InferenceSession>} */
const sessions = new Map();

/** @type {import('./session-threads.ts').SessionMethods} */
const methods = {
  async create(id, bytes, options) {
    // What the runtime would print on an error is in the error that it throws.
    env.logLevel = 'fatal';
    const session = await InferenceSession.create(bytes, options);
    sessions.set(id, session);
    return { inputs: session.inputNames, outputs: session.outputNames };
  },
  async run(id, inputs) {
    const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]);
    const results = await /** @type {InferenceSession} */ (sessions.get(id)).run(Object.fromEntries(feeds));
    const outputs = Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
    return { outputs: Object.fromEntries(outputs), inputs };
  },
  async release(id) {
    await sessions.get(id)?.release();
    sessions.delete(id);
  },
};

/** onnxruntime-node runs a session only when the event loop turns: what is asked next must not come first. */
let last = Promise.resolve();

/**
 * @template {unknown[]} Given @template Result
 * @param {(...given: Given) => Promise<Result>} method @returns {(...given: Given) => Promise<Result>}
 */
function inOrder(method) {
  return (...given) => {
    const done = last.then(() => method(...given));
    last = done.then(
      () => {},
      () => {},
    );
    return done;
  };
}

/** What a run gives is handed over, not copied. @param {{ r?: Partial<Record<'outputs' | 'inputs', Values>> }} answer */
function buffersOf({ r }) {
  return [r?.outputs, r?.inputs]
    .flatMap((values) => Object.values(values ?? {}))
    .flatMap(({ data }) => (data ? [/** @type {ArrayBuffer} */ (data.buffer)] : []));
}

const { create, run, release } = methods;
createBirpc(
  { create: inOrder(create), run: inOrder(run), release: inOrder(release) },
  {
    post: (answer) => parentPort?.postMessage(answer, buffersOf(answer)),
    on: (listener) => parentPort?.on('message', listener),
  },
);
