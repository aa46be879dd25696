import { createBirpc } from 'birpc';
import type { EngineEvents, EngineMethods } from '../../../engine/contract/protocol.ts';
import { decodeMessage, encodeMessage } from '../../../engine/contract/wire.ts';
import { Emitter } from '../../lifetime.ts';
import type { EngineExit, EngineProcess, EngineStarter } from '../process.ts';

/** A call that is never answered, as by an engine that is deaf. */
export const never = (): Promise<never> => new Promise(() => {});

/** An engine process that lives in the test: messages are cloned as between processes, its end is told by the test. */
export class FakeEngine implements EngineProcess {
  readonly pid: number;
  readonly spawned = new Emitter<void>();
  readonly toMain = new Emitter<unknown>();
  readonly output = new Emitter<{ stream: 'stdout' | 'stderr'; text: string }>();
  readonly exits = new Emitter<EngineExit>();
  readonly main: ReturnType<typeof createBirpc<EngineEvents, EngineMethods>>;
  readonly calls: string[] = [];
  hasExited = false;
  /** What reaches it when it is asked to end. */
  hearsTermination = true;
  private readonly fromMain = new Emitter<unknown>();

  constructor(pid: number, methods: Partial<EngineMethods>) {
    this.pid = pid;
    const all: EngineMethods = {
      initialise: async () => ({ device: 'cpu', runtime: 'fake 1', nodes: [] }),
      listModels: async () => [],
      memorySettings: never,
      keptWeights: never,
      deleteKeptWeights: never,
      run: never,
      estimate: never,
      estimateModel: never,
      cancel: async () => {},
      clearCache: async () => ({ evicted: [], freedBytes: 0 }),
      ping: async () => {},
      ...methods,
    };
    this.main = createBirpc<EngineEvents, EngineMethods>(all, {
      post: (message) => {
        if (!this.hasExited) this.toMain.emit(structuredClone(message));
      },
      on: (receive) => void this.fromMain.listen(receive),
      serialize: encodeMessage,
      deserialize: decodeMessage,
      resolver: (name, method) => {
        this.calls.push(name);
        return method;
      },
      timeout: -1,
    });
  }

  post = (message: unknown) => {
    if (!this.hasExited) this.fromMain.emit(structuredClone(message));
  };
  onSpawn = (listener: () => void) => this.spawned.listen(listener);
  onMessage = (listener: (message: unknown) => void) => this.toMain.listen(listener);
  onOutput = (listener: (stream: 'stdout' | 'stderr', text: string) => void) =>
    this.output.listen(({ stream, text }) => listener(stream, text));
  onExit = (listener: (exit: EngineExit) => void) => this.exits.listen(listener);

  terminate = () => {
    if (this.hearsTermination) this.exit({ reason: 'killed', code: 15 });
  };
  kill = () => this.exit({ reason: 'killed', code: 9 });

  exit(exit: EngineExit): void {
    if (this.hasExited) return;
    this.hasExited = true;
    this.exits.emit(exit);
  }

  /** How many listeners of main hang on this process. */
  get listenerCount(): number {
    return [this.spawned, this.toMain, this.output, this.exits].reduce(
      (sum, { listenerCount }) => sum + listenerCount,
      0,
    );
  }
}

/** Starts fake engines and keeps them all. */
export class FakeStarter implements EngineStarter {
  readonly engines: FakeEngine[] = [];
  /** What the next engines answer. */
  methods: Partial<EngineMethods> = {};
  refusal: Error | null = null;

  start(): FakeEngine {
    if (this.refusal) throw this.refusal;
    const engine = new FakeEngine(1000 + this.engines.length, this.methods);
    this.engines.push(engine);
    return engine;
  }

  get latest(): FakeEngine {
    const engine = this.engines.at(-1);
    if (!engine) throw new Error('no engine was started');
    return engine;
  }
}
