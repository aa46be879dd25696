import { createBirpc } from 'birpc';
import type { HeadroomError } from '../../engine/contract/errors.ts';
import {
  type BusyLease,
  type EngineDescription,
  type EngineEvents,
  type EngineMethods,
  type EngineOptions,
  engineEventSchemas,
} from '../../engine/contract/protocol.ts';
import { decodeMessage, encodeMessage } from '../../engine/contract/wire.ts';
import { Disposables, Emitter } from '../lifetime.ts';
import { type EngineLog, LineSplitter } from './engine-log.ts';
import type { EngineExit, EngineProcess } from './process.ts';

/** What an engine that died said last, as the reason that a person reads. */
const REASON_LINES = 12;

/**
 * One engine process from its start to its end: typed calls, parsed events, captured output. Everything that is born with
 * the process ends with `close`.
 */
export class EngineConnection {
  readonly process: EngineProcess;
  readonly onSpawn = new Emitter<void>();
  readonly onExit = new Emitter<EngineExit>();
  /** Any message: a sign of life. */
  readonly onHeard = new Emitter<void>();
  readonly onLease = new Emitter<BusyLease | null>();
  readonly onRunEvent = new Emitter<Parameters<EngineEvents['onRunEvent']>[0]>();
  /** It cannot work any more, though its process is there. */
  readonly onUnusable = new Emitter<Parameters<EngineEvents['onUnusable']>[0]>();
  readonly onMemory = new Emitter<Parameters<EngineEvents['onMemory']>[0]>();
  /** Set when `initialise` has answered. */
  description: EngineDescription | null = null;
  private readonly client: ReturnType<typeof createBirpc<EngineMethods, EngineEvents>>;
  private readonly bag = new Disposables();
  private readonly log: EngineLog;
  private readonly errorLines: string[] = [];

  constructor(process: EngineProcess, log: EngineLog) {
    this.process = process;
    this.log = log;
    this.bag.add(process.onSpawn(() => this.onSpawn.emit()));
    this.captureOutput();
    this.client = createBirpc<EngineMethods, EngineEvents>(this.events(), {
      post: (message) => process.post(message),
      on: (receive) => {
        this.bag.add(
          process.onMessage((message) => {
            this.onHeard.emit();
            receive(message);
          }),
        );
      },
      serialize: encodeMessage,
      deserialize: decodeMessage,
      // No limit by time: the watchdog knows what the engine is busy with.
      timeout: -1,
    });
    this.bag.add(process.onExit((exit) => this.onExit.emit(exit)));
  }

  async initialise(options: EngineOptions): Promise<EngineDescription> {
    this.description = await this.client.initialise(options);
    return this.description;
  }

  call<Name extends keyof EngineMethods>(
    name: Name,
    ...parameters: Parameters<EngineMethods[Name]>
  ): ReturnType<EngineMethods[Name]> {
    return this.client.$call(name, ...parameters) as ReturnType<EngineMethods[Name]>;
  }

  /** The last lines of its error output. */
  get lastWords(): string {
    return this.errorLines.join('\n');
  }

  /** Stops listening and rejects every pending call with this error. */
  close(error: HeadroomError): void {
    this.bag.dispose();
    this.client.$close(error);
  }

  private events(): EngineEvents {
    const parsed =
      <Name extends keyof EngineEvents>(name: Name, tell: EngineEvents[Name]) =>
      (payload: unknown) => {
        const result = engineEventSchemas[name].safeParse(payload);
        if (result.success) tell(result.data as never);
        else this.log.add('error', `The engine sent ${name} in a wrong form: ${result.error.message}`);
      };
    return {
      onRunEvent: parsed('onRunEvent', (payload) => this.onRunEvent.emit(payload)),
      onLease: parsed('onLease', (payload) => this.onLease.emit(payload)),
      onMemory: parsed('onMemory', (payload) => this.onMemory.emit(payload)),
      onUnusable: parsed('onUnusable', (payload) => this.onUnusable.emit(payload)),
      onLog: parsed('onLog', (line) => this.log.add(line.level, line.message, line.time)),
    };
  }

  private captureOutput(): void {
    const splitters = {
      stdout: new LineSplitter((line) => this.log.add('info', line)),
      stderr: new LineSplitter((line) => {
        this.log.add('warning', line);
        this.errorLines.push(line);
        if (this.errorLines.length > REASON_LINES) this.errorLines.shift();
      }),
    };
    this.bag.add(this.process.onOutput((stream, text) => splitters[stream].push(text)));
    const endLines = () => {
      splitters.stdout.end();
      splitters.stderr.end();
    };
    this.bag.add(this.process.onExit(endLines));
  }
}
