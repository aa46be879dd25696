import type { InferenceSession } from 'onnxruntime-node';
import { HeadroomError } from '../contract/errors.ts';
import { type Graph, hasConstantNodes } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { loadNvidiaLibraries } from './cuda-libraries.ts';
import { runtimeError } from './errors.ts';
import { runtime } from './runtime.ts';
import { idlestThread, type SessionThread, type Values } from './session-threads.ts';

export type Provider = 'cpu' | 'cuda' | 'dml' | 'webgpu' | 'coreml';

export interface SessionOptions {
  /** Whose session this is, for errors: "unet". */
  readonly name: string;
  readonly provider: Provider;
  readonly deviceId?: number;
  /** Threads of the CPU provider; by default one per physical core. */
  readonly threads?: number;
  readonly memoryPattern?: boolean;
  /** Session configuration entries of onnxruntime by their full key, e.g. `session.use_env_allocators`. */
  readonly config?: Readonly<Record<string, string>>;
}

const FATAL = 4;
/** Providers of which sessions may be created at the same time, and for how many there are threads. Those of others keep to one. */
const SIDE_BY_SIDE: Partial<Record<Provider, number>> = { cpu: 4, cuda: 4 };
const EXTERNAL_DATA_KEY = 'session.model_external_initializers_file_folder_path';

/** The providers of this build of the runtime; that one is listed does not mean that its device is there. */
export function supportedProviders(): Provider[] {
  const names = new Set(runtime.listSupportedBackends().map((backend) => backend.name));
  return (['cpu', 'cuda', 'dml', 'webgpu', 'coreml'] as const).filter((name) => names.has(name));
}

let created = 0;

/**
 * One loaded graph, held by a thread that it may share (`SessionThread`). What is asked of it happens in that order; several
 * sessions may be created and run at the same time.
 */
export class Session {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #thread: SessionThread;
  readonly #id: number;
  #released = false;

  private constructor(
    name: string,
    thread: SessionThread,
    id: number,
    { inputs, outputs }: Record<'inputs' | 'outputs', readonly string[]>,
  ) {
    this.name = name;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#thread = thread;
    this.#id = id;
  }

  /** @throws RuntimeError */
  static async create({ bytes, externalDataRoot, graph }: OnnxModel, options: SessionOptions): Promise<Session> {
    const { name, provider, deviceId, threads, memoryPattern, config } = options;
    const extra = externalDataRoot === undefined ? config : { [EXTERNAL_DATA_KEY]: externalDataRoot, ...config };
    if (provider === 'cuda') loadNvidiaLibraries();
    created += 1;
    const id = created;
    const thread = idlestThread(provider, SIDE_BY_SIDE[provider] ?? 1);
    try {
      const names = await thread.create(id, bytes, {
        executionProviders: [deviceId === undefined ? { name: provider } : { name: provider, deviceId }],
        graphOptimizationLevel: optimizationLevel(graph),
        logSeverityLevel: FATAL,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        ...(memoryPattern === undefined ? {} : { enableMemPattern: memoryPattern }),
        ...(extra === undefined ? {} : { extra }),
      });
      return new Session(name, thread, id, names);
    } catch (thrown) {
      throw runtimeError(`Creating the session of ${name}`, thrown);
    }
  }

  /**
   * Runs the graph once.
   * @throws RuntimeError; HeadroomError `internal` for inputs that are not the graph's
   */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#released) throw new HeadroomError('internal', `The session of ${this.name} was released.`);
    const given = Object.keys(inputs).sort().join(', ');
    const wanted = [...this.inputs].sort().join(', ');
    if (given !== wanted) {
      throw new HeadroomError('internal', `The network ${this.name} takes ${wanted}, but was given ${given}.`);
    }
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toOrt(value)]));
    try {
      const results = await this.#thread.run(this.#id, feeds);
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
    } catch (thrown) {
      throw runtimeError(`Running ${this.name}`, thrown);
    }
  }

  /** Gives the session's memory back. Safe to call twice. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#thread.release(this.#id);
  }
}

/** Basic: constants are folded, and nothing is fused. */
function optimizationLevel(graph: Graph): InferenceSession.SessionOptions['graphOptimizationLevel'] {
  if (!graph.isFused) return 'all';
  return hasConstantNodes(graph) ? 'basic' : 'disabled';
}

function toOrt({ dtype, data, dims }: Tensor): Values[string] {
  if (dtype === 'bfloat16') throw new HeadroomError('internal', 'onnxruntime-node takes no bfloat16 inputs.');
  return { type: dtype, data, dims };
}

function fromOrt({ type, dims, data }: Values[string]): Tensor {
  return tensor(type, dims, data);
}
