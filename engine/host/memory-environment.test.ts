import { expect, it } from 'vitest';
import { memoryEnvironment } from './memory-environment.ts';

it('tells what is set, and of what matters most that it is not', () => {
  const told = memoryEnvironment({ HOME: '/root', NVIDIA_TF32_OVERRIDE: '0', CUDNN_LOGDEST_DBG: 'stderr', CUDA: 'no' });
  expect(told).toEqual([
    { name: 'CUDA_VISIBLE_DEVICES', value: null },
    { name: 'CUDNN_LOGDEST_DBG', value: 'stderr' },
    { name: 'NVIDIA_TF32_OVERRIDE', value: '0' },
  ]);
});
