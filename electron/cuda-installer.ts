import { type ChildProcess, spawn } from 'node:child_process';
import { HeadroomError } from '../engine/contract/errors.ts';
import { LineSplitter } from './engine-host/engine-log.ts';

/** How `headroom install-cuda` is started. */
export interface InstallerProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Installs what NVIDIA cards need, in a process of its own: `headroom install-cuda` does it, for the window as for a terminal. */
export class CudaInstaller {
  private readonly program: InstallerProgram;
  private readonly say: (line: string) => void;
  private running: { child: ChildProcess; done: Promise<void> } | null = null;

  /** @param say hears each line that is printed: it takes minutes */
  constructor(program: InstallerProgram, say: (line: string) => void) {
    this.program = program;
    this.say = say;
  }

  /**
   * Settles when CUDA works. Asked again while it is at work, it is the same installation.
   * @throws HeadroomError `device` with what the command says is wrong
   */
  install(): Promise<void> {
    this.running ??= this.start();
    return this.running.done;
  }

  /** Has it clean up and end. */
  stop(): void {
    this.running?.child.kill('SIGINT');
  }

  private start(): { child: ChildProcess; done: Promise<void> } {
    const { file, args, env } = this.program;
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let last = '';
    const lines = [child.stdout, child.stderr].map((stream) => {
      const splitter = new LineSplitter((line) => {
        last = line;
        this.say(line);
      });
      stream.setEncoding('utf8').on('data', (text: string) => splitter.push(text));
      return splitter;
    });
    const done = new Promise<void>((resolve, reject) => {
      const fail = (message: string) => reject(new HeadroomError('device', message));
      child.once('error', ({ message }) => fail(`The installation cannot be started: ${message}`));
      child.once('close', (code) => {
        for (const splitter of lines) splitter.end();
        if (code === 0) resolve();
        else fail(last.replace(/^error: /, '') || `The installation ended with ${code}.`);
      });
    }).finally(() => {
      this.running = null;
    });
    return { child, done };
  }
}
