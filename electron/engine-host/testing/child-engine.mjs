// A small engine in a real process: enough to be started, blocked, stopped and killed.
import { createBirpc } from 'birpc';

const main = createBirpc(
  {
    initialise: async () => ({ device: 'cpu', runtime: 'child', nodes: [] }),
    listModels: async () => [],
    cancel: async () => {},
    clearCache: async () => ({ evicted: [], freedBytes: 0 }),
    ping: async () => {},
    // Says that it is busy, then hears nothing for longer than any test waits.
    run: async ({ workflow }) => {
      if (workflow.name === 'loses the graphics card') {
        await main.onUnusable.asEvent({ reason: 'the graphics card was lost' });
        return new Promise(() => {});
      }
      await main.onLease.asEvent({ what: 'denoise', expectedMs: 1000 });
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000), 20);
      return new Promise(() => {});
    },
  },
  { post: (message) => process.send(message), on: (receive) => process.on('message', receive), timeout: -1 },
);
console.error('child engine started');
