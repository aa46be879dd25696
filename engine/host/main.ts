import { openEngine } from './open.ts';
import { serveEngine } from './server.ts';

/** The end of Electron's channel inside a utility process, as far as it is used here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };
if (!parentPort)
  throw new Error('engine/host/main.ts is the entry of a utility process; use the command line instead.');

const { log, unusable } = serveEngine(
  {
    post: (message) => parentPort.postMessage(message),
    listen: (listener) => parentPort.on('message', ({ data }) => listener(data)),
  },
  openEngine,
);

// Main shows the log, ends this process and starts a new engine. An exit from here would wait for threads that are inside the
// runtime, and could take the message with it.
process.on('uncaughtException', (error) => {
  log('error', `The engine failed: ${error.stack ?? error.message}`);
  unusable(`it failed: ${error.message}`);
});
