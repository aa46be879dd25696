import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBirpc } from 'birpc';
import type { EngineEvents, EngineMethods } from '../../engine/contract/protocol.ts';
import { decodeMessage, encodeMessage } from '../../engine/contract/wire.ts';
import { bundledModels, bundledTokenizers } from '../support/engine.ts';
import { type Measurement, milliseconds, repeated } from './measure.ts';

/** From the start of the engine's process, as it is bundled for the app, to its answer to `initialise`. */
export async function benchEngineStart(): Promise<Measurement[]> {
  await startEngine(); // The first one warms the disk's cache.
  return [{ what: 'engine process: start to ready', unit: 'ms', values: await repeated(7, startEngine) }];
}

async function startEngine(): Promise<number> {
  return milliseconds(async () => {
    const child = fork(join(import.meta.dirname, '../../out/main/engine.cjs'), {
      execArgv: ['--require', join(import.meta.dirname, 'parent-port.cjs')],
      serialization: 'advanced',
    });
    const quiet: EngineEvents = { onRunEvent() {}, onLease() {}, onMemory() {}, onLog() {}, onUnusable() {} };
    const engine = createBirpc<EngineMethods, EngineEvents>(quiet, {
      post: (message) => child.send(message),
      on: (listener) => child.on('message', listener),
      serialize: encodeMessage,
      deserialize: decodeMessage,
    });
    await engine.initialise({
      modelFolders: [bundledModels],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: tmpdir(),
      previewFolder: tmpdir(),
      device: 'cpu',
    });
    child.kill('SIGKILL');
  });
}
