import { execFileSync } from 'node:child_process';
import type { Dialect } from '../../engine/layers/dialect.ts';
import { cpuDialect } from '../../engine/layers/dialects/cpu.ts';
import { cudaDialect } from '../../engine/layers/dialects/cuda.ts';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { type Arena, openArena } from '../../engine/ort/arena/arena.ts';
import { Session } from '../../engine/ort/session.ts';

export type Precision = 'float16' | 'float32';

/** The device under test: CUDA, or the CPU for a rehearsal. */
export class Device {
  readonly provider: 'cuda' | 'cpu';
  readonly arena: Arena;

  private constructor(provider: 'cuda' | 'cpu', arena: Arena) {
    this.provider = provider;
    this.arena = arena;
  }

  static async open(provider: 'cuda' | 'cpu'): Promise<Device> {
    const opened = await openArena(provider, null);
    if (!opened.available) throw new Error(opened.reason);
    return new Device(provider, opened.arena);
  }

  dialect(precision: Precision): Dialect {
    if (this.provider === 'cpu') return cpuDialect;
    return precision === 'float16' ? cudaDialect : cudaDialect.float32;
  }

  /** A session in the arena, all of whose nodes run on the device. */
  createSession(name: string, model: OnnxModel, config: Readonly<Record<string, string>> = {}): Promise<Session> {
    const { memoryPattern, config: shared } = this.arena.sessionOptions;
    const strict: Record<string, string> = this.provider === 'cuda' ? { 'session.disable_cpu_ep_fallback': '1' } : {};
    return Session.create(model, {
      name,
      provider: this.provider,
      memoryPattern,
      config: { ...shared, ...strict, ...config },
    });
  }

  /** Bytes in use on the whole GPU, by all that runs on it; NaN on a CPU. */
  memoryInUse(): number {
    return this.provider === 'cpu' ? Number.NaN : gpuBytes();
  }
}

/** Bytes in use on the whole GPU, by all that runs on it. */
export function gpuBytes(): number {
  const options = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  return Number(execFileSync('nvidia-smi', options, { encoding: 'utf8' }).split('\n')[0]) * 2 ** 20;
}
