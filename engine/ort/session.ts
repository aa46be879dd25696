import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { HeadroomError } from '../contract/errors.ts';
import { type Graph, hasConstantNodes } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { type DType, type Tensor, type TensorData, tensor } from '../tensor/tensor.ts';
import { loadNvidiaLibraries } from './cuda-libraries.ts';
import { runtimeError } from './errors.ts';
import { runtime } from './runtime.ts';

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
const EXTERNAL_DATA_KEY = 'session.model_external_initializers_file_folder_path';

/** The providers of this build of the runtime; that one is listed does not mean that its device is there. */
export function supportedProviders(): Provider[] {
  const names = new Set(runtime.listSupportedBackends().map((backend) => backend.name));
  return (['cpu', 'cuda', 'dml', 'webgpu', 'coreml'] as const).filter((name) => names.has(name));
}

/**
 * One loaded graph. Creating and running it block the whole process: onnxruntime-node works synchronously under its
 * promises.
 */
export class Session {
  readonly name: string;
  readonly #session: InferenceSession;
  #released = false;

  private constructor(name: string, session: InferenceSession) {
    this.name = name;
    this.#session = session;
  }

  /** @throws RuntimeError */
  static async create({ bytes, externalDataRoot, graph }: OnnxModel, options: SessionOptions): Promise<Session> {
    const { name, provider, deviceId, threads, memoryPattern, config } = options;
    const extra = externalDataRoot === undefined ? config : { [EXTERNAL_DATA_KEY]: externalDataRoot, ...config };
    // What the runtime would print on an error is in the error that it throws.
    runtime.env.logLevel = 'fatal';
    if (provider === 'cuda') loadNvidiaLibraries();
    try {
      const session = await runtime.InferenceSession.create(bytes, {
        executionProviders: [deviceId === undefined ? { name: provider } : { name: provider, deviceId }],
        graphOptimizationLevel: optimizationLevel(graph),
        logSeverityLevel: FATAL,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        ...(memoryPattern === undefined ? {} : { enableMemPattern: memoryPattern }),
        ...(extra === undefined ? {} : { extra }),
      });
      return new Session(name, session);
    } catch (thrown) {
      throw runtimeError(`Creating the session of ${name}`, thrown);
    }
  }

  get inputs(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputs(): readonly string[] {
    return this.#session.outputNames;
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
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, value] of Object.entries(inputs)) feeds[name] = toOrt(value);
    try {
      const results = await this.#session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value as OrtTensor)]));
    } catch (thrown) {
      throw runtimeError(`Running ${this.name}`, thrown);
    }
  }

  /** Gives the session's memory back. Safe to call twice. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#session.release();
  }
}

/** Basic: constants are folded, and nothing is fused. */
function optimizationLevel(graph: Graph): InferenceSession.SessionOptions['graphOptimizationLevel'] {
  if (!graph.isFused) return 'all';
  return hasConstantNodes(graph) ? 'basic' : 'disabled';
}

function toOrt({ dtype, data, dims }: Tensor): OrtTensor {
  if (dtype === 'bfloat16') throw new HeadroomError('internal', 'onnxruntime-node takes no bfloat16 inputs.');
  return new runtime.Tensor(dtype, data as never, dims as number[]);
}

function fromOrt(value: OrtTensor): Tensor {
  return tensor(value.type as DType, value.dims, value.data as TensorData[DType]);
}
