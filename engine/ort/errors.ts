import { HeadroomError } from '../contract/errors.ts';

/**
 * What a failure of the native runtime means for what to do next:
 *
 * - `arena-limit`: the arena's own limit would be exceeded; free or shrink, then repeat
 * - `device-memory`: the device had no memory left for the arena, a weight or a library; free, then repeat
 * - `host-memory`: the computer's own memory is used up
 * - `poisoned`: the device or its context is lost; only a new process helps
 * - `missing-provider`: the provider, its libraries or the device are not there
 * - `missing-kernel`: the provider cannot run one of the graph's operators: a graph built for another device
 * - `weights`: a weight file is missing, too short or outside the allowed folder
 * - `other`: anything else
 */
export type RuntimeFailure =
  | 'arena-limit'
  | 'device-memory'
  | 'host-memory'
  | 'poisoned'
  | 'missing-provider'
  | 'missing-kernel'
  | 'weights'
  | 'other';

const ARENA_LIMIT = /Available memory of \d+ is smaller than requested bytes of (\d+)/;

/**
 * onnxruntime has no typed errors (microsoft/onnxruntime#16307), so its texts decide. The first match counts: a lost
 * device also makes allocations fail, and an arena that cannot grow names the device's error.
 */
const FAILURES: readonly (readonly [RuntimeFailure, RegExp])[] = [
  // Sticky CUDA errors (CUDA runtime API, cudaError_t): every later call of the process fails.
  ['poisoned', /CUDA failure (214|70[02]|71[0-9]|999)\b/],
  ['poisoned', /887A00(05|06|07|20)/i],
  ['poisoned', /WebGPU device lost|Failed to download data from buffer/],
  ['arena-limit', ARENA_LIMIT],
  ['device-memory', /Failed to allocate memory for requested buffer of size \d+/],
  ['device-memory', /Failed to find a free memory block despite calling Extend/],
  ['host-memory', /CUDA failure 2\b.*cudaMallocHost/s],
  ['device-memory', /CUDA failure 2\b|CUBLAS failure 3\b|CUDNN_STATUS_ALLOC_FAILED/],
  ['device-memory', /8007000E/i],
  ['device-memory', /Failed to create GPU buffer|exceeds the max buffer size limit/],
  ['host-memory', /std::bad_alloc|Array buffer allocation failed/],
  ['missing-provider', /cuDNN is unavailable for CUDA Execution Provider/],
  ['missing-provider', /Failed to get a WebGPU adapter/],
  ['missing-provider', /Failed to load (shared )?library|LoadLibrary failed|libonnxruntime_providers_\w+/],
  ['missing-provider', /CUDA failure (35|100|101)\b/],
  ['missing-provider', /[Ee]xecution [Pp]rovider.* (is not|not) (available|enabled|supported)|backend not found/],
  ['missing-kernel', /Could not find an implementation for|Failed to find kernel for|Kernel not found/],
  ['weights', /External data path|external data|External initializer|Deserialize tensor .* failed/i],
];

/** Whether less memory would have helped. */
export function isOutOfMemory(thrown: unknown): thrown is RuntimeError {
  return thrown instanceof RuntimeError && thrown.code === 'memory';
}

/** The bytes of the allocation that an arena's limit refused; null for another failure. */
export function refusedBytes(thrown: unknown): number | null {
  const found = thrown instanceof RuntimeError ? ARENA_LIMIT.exec(thrown.message) : null;
  return found && Number(found[1]);
}

export function classifyFailure(message: string): RuntimeFailure {
  return FAILURES.find(([, pattern]) => pattern.test(message))?.[0] ?? 'other';
}

/** An error of the native runtime with what it means. Its text is fit to show: see `scrub`. */
export class RuntimeError extends HeadroomError {
  readonly failure: RuntimeFailure;

  constructor(failure: RuntimeFailure, message: string, cause: unknown) {
    super(ERROR_CODE[failure], message, { cause });
    this.name = 'RuntimeError';
    this.failure = failure;
  }
}

const ERROR_CODE = {
  'arena-limit': 'memory',
  'device-memory': 'memory',
  'host-memory': 'memory',
  poisoned: 'device-lost',
  'missing-provider': 'device',
  'missing-kernel': 'device',
  weights: 'file',
  other: 'internal',
} as const;

/** Wraps what the native side threw. @param doing what was being done, e.g. "Creating the session of unet" */
export function runtimeError(doing: string, thrown: unknown): RuntimeError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const failure = classifyFailure(text);
  const lost =
    failure === 'poisoned'
      ? 'The graphics card was lost; only a new start of Headroom’s engine may bring it back. '
      : '';
  return new RuntimeError(failure, `${lost}${doing} failed: ${scrub(text)}`, thrown);
}

/** The text without the machine's name and the build paths that CUDA errors embed (onnxruntime: cuda_call.cc). */
export function scrub(text: string): string {
  return text
    .replaceAll(/\s*;?\s*\b(hostname|file|line)=[^;\n]*/g, '')
    .replaceAll(/(?:[A-Za-z]:)?[\\/](?:[\w.+-]+[\\/])+([\w.+-]+\.(?:cc|cpp|cu|cuh|h|hpp)):?\d*/g, '$1')
    .trim();
}
