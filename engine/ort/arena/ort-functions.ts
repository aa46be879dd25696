/** The version of onnxruntime's C API that the table below was read from; each library states which ones it serves. */
export const API_VERSION = 29;

/** Releases whose arena behaves as measured in docs/memory.md. */
export const SUPPORTED_RELEASE = /^1\.29\./;

/** OrtLoggingLevel ORT_LOGGING_LEVEL_FATAL: what goes wrong comes back as a status and need not be printed. */
export const LOG_LEVEL = 4;

/**
 * The functions in use: slot in the function table `OrtApi` (onnxruntime_c_api.h; slots are only ever appended) and C
 * signature. A `void *` result is an OrtStatus, null for success; a last `void *` parameter may take the created object.
 */
export const ORT_FUNCTIONS = {
  createStatus: [0, 'void *(int, str)'],
  getErrorCode: [1, 'int(void *)'],
  getErrorMessage: [2, 'str(void *)'],
  releaseStatus: [93, 'void(void *)'],

  createEnv: [3, 'void *(int, str, void *)'],
  releaseEnv: [92, 'void(void *)'],
  createMemoryInfo: [68, 'void *(str, int, int, int, void *)'],
  releaseMemoryInfo: [94, 'void(void *)'],
  createArenaCfgV2: [164, 'void *(const str *, const size_t *, size_t, void *)'],
  releaseArenaCfg: [157, 'void(void *)'],
  createAndRegisterAllocatorV2: [259, 'void *(void *, str, void *, void *, const str *, const str *, size_t)'],
  unregisterAllocator: [177, 'void *(void *, void *)'],

  createSessionOptions: [10, 'void *(void *)'],
  releaseSessionOptions: [100, 'void(void *)'],
  setSessionLogSeverityLevel: [22, 'void *(void *, int)'],
  setIntraOpNumThreads: [24, 'void *(void *, int)'],
  addSessionConfigEntry: [130, 'void *(void *, str, str)'],
  createCudaProviderOptions: [205, 'void *(void *)'],
  releaseCudaProviderOptions: [208, 'void(void *)'],
  appendCudaProviderV2: [204, 'void *(void *, void *)'],
  createSessionFromArray: [8, 'void *(void *, void *, size_t, void *, void *)'],
  releaseSession: [95, 'void(void *)'],

  createRunOptions: [39, 'void *(void *)'],
  releaseRunOptions: [97, 'void(void *)'],
  addRunConfigEntry: [165, 'void *(void *, str, str)'],
  getAllocatorWithDefaultOptions: [78, 'void *(void *)'],
  createTensorAsOrtValue: [48, 'void *(void *, const int64_t *, size_t, int, void *)'],
  releaseValue: [96, 'void(void *)'],
  run: [9, 'void *(void *, void *, const str *, void **, size_t, const str *, size_t, _Inout_ void **)'],

  createAllocator: [131, 'void *(void *, void *, void *)'],
  releaseAllocator: [132, 'void(void *)'],
  allocatorAlloc: [75, 'void *(void *, size_t, void *)'],
  allocatorFree: [76, 'void *(void *, void *)'],
  allocatorGetStats: [319, 'void *(void *, void *)'],
  getKeyValue: [297, 'str(void *, str)'],
  releaseKeyValuePairs: [300, 'void(void *)'],
} as const satisfies Record<string, readonly [slot: number, signature: string]>;

export type OrtFunction = keyof typeof ORT_FUNCTIONS;
