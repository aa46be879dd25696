import { expect, test } from 'vitest';
import { classifyFailure, type RuntimeFailure, runtimeError } from './errors.ts';

const running = (cause: string) =>
  `Non-zero status code returned while running Conv node. Name:'mid_block.resnets.0.conv1.Conv' Status Message: ${cause}`;
const cuda = (code: number, what: string, call: string) =>
  `CUDA failure ${code}: ${what} ; GPU=0 ; hostname=render-7 ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_allocator.cc ; line=68 ; expr=${call}; `;

/** Texts as onnxruntime 1.29 and 1.30 write them. */
test.each<[RuntimeFailure, string]>([
  ['arena-limit', running('Available memory of 1048576 is smaller than requested bytes of 134217728')],
  [
    'arena-limit',
    '/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:177 Extend Available memory of 0 is smaller than requested bytes of 4096',
  ],
  ['device-memory', running('Failed to allocate memory for requested buffer of size 3221225472')],
  ['device-memory', 'Failed to find a free memory block despite calling Extend. rounded_bytes=4096'],
  ['device-memory', cuda(2, 'out of memory', 'cudaMalloc((void**)&p, size)')],
  [
    'device-memory',
    `Deserialize tensor conv_in.weight failed.${cuda(2, 'out of memory', 'cudaMalloc((void**)&p, size)')}`,
  ],
  ['host-memory', cuda(2, 'out of memory', 'cudaMallocHost((void**)&p, size)')],
  [
    'device-memory',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=x ; file=y.cc ; line=1 ; expr=cublasCreate',
  ],
  ['device-memory', 'CUBLAS failure 3: the resource allocation failed ; GPU=0'],
  ['host-memory', 'std::bad_alloc'],
  [
    'device-memory',
    'C:\\a\\onnxruntime\\core\\providers\\dml\\DmlExecutionProvider\\src\\DmlCommittedResourceAllocator.cpp(26)\\onnxruntime.dll!00007FFB: (caller: 00007FFB) Exception(3) tid(2b5c) 8007000E Not enough memory resources are available to complete this operation.',
  ],
  [
    'poisoned',
    'MLOperatorAuthorImpl.cpp(2839)\\onnxruntime.dll: Exception(2) tid(1) 887A0005 The GPU device instance has been suspended. Use GetDeviceRemovedReason to determine the appropriate action.',
  ],
  ['device-memory', 'Failed to create GPU buffer: size=4294967296'],
  ['device-memory', 'Buffer size (4831838208) exceeds the max buffer size limit (4294967296).'],
  ['poisoned', 'Failed to download data from buffer. wgpu::MapAsyncStatus value: 3'],
  ['poisoned', running(cuda(700, 'an illegal memory access was encountered', 'cudaStreamSynchronize(stream)'))],
  ['poisoned', cuda(719, 'unspecified launch failure', 'cudaDeviceSynchronize()')],
  ['missing-provider', cuda(100, 'no CUDA-capable device is detected', 'cudaSetDevice(info_.device_id)')],
  ['missing-provider', cuda(35, 'CUDA driver version is insufficient for CUDA runtime version', 'cudaSetDevice(0)')],
  ['missing-provider', 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'],
  ['missing-provider', 'no available backend found. ERR: [dml] backend not found.'],
  ['missing-provider', 'Failed to get a WebGPU adapter: No supported adapters'],
  [
    'missing-provider',
    'cuDNN is unavailable for CUDA Execution Provider: libcudnn.so.9: cannot open shared object file',
  ],
  ['missing-kernel', "Could not find an implementation for GroupNorm(1) node with name 'norm1.GroupNorm'"],
  [
    'missing-kernel',
    "Failed to find kernel for com.microsoft.GroupNorm(1) (node:'n' ep:'CPUExecutionProvider'). Kernel not found",
  ],
  ['weights', 'External data path does not exist: /models/unet.safetensors'],
  [
    'weights',
    'External initializer: a offset: 0 size to read: 8 given file_length: 4 are out of bounds or can not be read in full.',
  ],
  [
    'other',
    running('concatbase.h:133 Non concat axis dimensions must match: Axis 2 has mismatched dimensions of 3 and 2'),
  ],
  ['other', 'CUDA failure 20: something new'],
])('%s: %s', (failure, text) => {
  expect(classifyFailure(text)).toBe(failure);
});

test('says what was being done and where, without the names of machines and build folders', () => {
  const error = runtimeError('Running unet', new Error(running(cuda(2, 'out of memory', 'cudaMalloc(&p, size)'))));
  expect(error).toMatchObject({ code: 'memory', failure: 'device-memory' });
  expect(error.message).toContain(
    "Running unet failed: Non-zero status code returned while running Conv node. Name:'mid_block",
  );
  expect(error.message).toContain('CUDA failure 2: out of memory ; GPU=0; expr=cudaMalloc(&p, size)');
  expect(error.message).not.toMatch(/render-7|onnxruntime_src|line=/);
});

test('a device that is lost says so, and is not told as one that is missing', () => {
  const error = runtimeError('Running unet', new Error(running(cuda(700, 'an illegal memory access', 'x'))));
  expect(error).toMatchObject({ code: 'device-lost', failure: 'poisoned' });
  expect(error.message).toMatch(/^The graphics card was lost.*Running unet failed/);
});

test('keeps the file name of a source path, not its folders', () => {
  const error = runtimeError('Loading', '/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:177 Extend failed');
  expect(error.message).toBe('Loading failed: bfc_arena.cc Extend failed');
});

test('keeps paths that are the person’s own', () => {
  const path = '/home/ada/models/unet.safetensors';
  expect(runtimeError('Loading', `External data path does not exist: ${path}`).message).toContain(path);
});
