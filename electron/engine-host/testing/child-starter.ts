import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Emitter } from '../../lifetime.ts';
import type { EngineExit, EngineProcess, EngineStarter } from '../process.ts';

/** Starts a real child process in place of Electron's utility process. */
export class ChildStarter implements EngineStarter {
  /** The process that was started last. */
  latest: EngineProcess | null = null;
  private readonly entry: string;
  private readonly nodeOptions: string[];

  /** @param entry a program that serves an engine over its IPC channel @param nodeOptions what Node needs to run it */
  constructor(entry = fileURLToPath(new URL('./child-engine.mjs', import.meta.url)), nodeOptions: string[] = []) {
    this.entry = entry;
    this.nodeOptions = nodeOptions;
  }

  start(): EngineProcess {
    const child = fork(this.entry, [], {
      execArgv: this.nodeOptions,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const spawned = new Emitter<void>();
    const messages = new Emitter<unknown>();
    const output = new Emitter<{ stream: 'stdout' | 'stderr'; text: string }>();
    const exits = new Emitter<EngineExit>();
    child.on('spawn', () => spawned.emit());
    child.on('message', (message) => messages.emit(message));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => output.emit({ stream: 'stdout', text }));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => output.emit({ stream: 'stderr', text }));
    child.on('close', (code, signal) => {
      exits.emit(
        signal ? { reason: 'killed', code: 0 } : { reason: code ? 'abnormal-exit' : 'clean-exit', code: code ?? 0 },
      );
    });
    this.latest = {
      pid: child.pid,
      get hasExited() {
        return child.exitCode !== null || child.signalCode !== null;
      },
      post: (message) => void (child.connected && child.send(message as object, () => {})),
      onSpawn: (listener) => spawned.listen(listener),
      onMessage: (listener) => messages.listen(listener),
      onOutput: (listener) => output.listen(({ stream, text }) => listener(stream, text)),
      onExit: (listener) => exits.listen(listener),
      terminate: () => void child.kill('SIGTERM'),
      kill: () => void child.kill('SIGKILL'),
    };
    return this.latest;
  }
}
