import type { MemorySettings } from '../contract/protocol.ts';

/** Shown even where they are not set: they change figures and memory most. */
const ALWAYS = ['CUDA_VISIBLE_DEVICES', 'NVIDIA_TF32_OVERRIDE'];

const ABOUT_MEMORY = /^(CUDA|CUDNN|CUBLAS|NVIDIA|ORT|MALLOC)_/;

/** The environment variables of this process that NVIDIA's libraries, onnxruntime or the system's allocator look at. */
export function memoryEnvironment(environment: NodeJS.ProcessEnv = process.env): MemorySettings['environment'] {
  const names = new Set([...ALWAYS, ...Object.keys(environment).filter((name) => ABOUT_MEMORY.test(name))]);
  return [...names].sort().map((name) => ({ name, value: environment[name] ?? null }));
}
