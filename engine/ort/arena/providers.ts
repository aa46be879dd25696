import type { SessionOptions } from '../session.ts';

/** The execution providers whose memory is an arena that onnxruntime lets others register. */
export type ArenaProvider = 'cpu' | 'cuda';

export interface ProviderFacts {
  /** onnxruntime's name of the execution provider. */
  readonly name: string;
  /** The name of its memory in an OrtMemoryInfo. */
  readonly memory: string;
  /** Its device as the run option `memory.enable_memory_arena_shrinkage` names it. */
  readonly device: string;
  /** What sessions need to take their memory from the registered arena: see arena.ts. */
  readonly sessionOptions: Required<Pick<SessionOptions, 'memoryPattern' | 'config'>> & Pick<SessionOptions, 'threads'>;
}

const SHARED = { 'session.use_env_allocators': '1' } as const;

export const PROVIDERS: Readonly<Record<ArenaProvider, ProviderFacts>> = {
  cpu: {
    name: 'CPUExecutionProvider',
    memory: 'Cpu',
    device: 'cpu:0',
    sessionOptions: { memoryPattern: false, config: SHARED },
  },
  cuda: {
    name: 'CUDAExecutionProvider',
    memory: 'Cuda',
    device: 'gpu:0',
    sessionOptions: {
      memoryPattern: false,
      // The device computes. Threads of the processor only take time to start and to end, with each part of a network.
      threads: 1,
      config: { ...SHARED, 'session.use_device_allocator_for_initializers': '1' },
    },
  },
};
