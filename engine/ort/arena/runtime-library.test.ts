import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { supportedProviders } from '../session.ts';
import { loadedRuntimePath } from './runtime-library.ts';
import { ArenaUnavailable } from './unavailable.ts';

test('finds the library that onnxruntime-node has loaded', () => {
  expect(supportedProviders()).toContain('cpu');
  expect(basename(loadedRuntimePath())).toMatch(/^(lib)?onnxruntime\./);
});

test.each([
  [
    '/app/bin/libonnxruntime.so.1',
    ['/app/bin/onnxruntime_binding.node', '/app/bin/libonnxruntime.so.1', '/lib/libc.so.6'],
  ],
  ['/app/libonnxruntime.1.29.0.dylib', ['/app/libonnxruntime.1.29.0.dylib', '/usr/lib/libSystem.B.dylib']],
  [
    'C:\\app\\onnxruntime.dll',
    ['C:\\app\\onnxruntime.dll', 'C:\\app\\onnxruntime_binding.node', 'C:\\app\\DirectML.dll'],
  ],
])('knows %s by its name', (path, loaded) => {
  expect(loadedRuntimePath(loaded)).toBe(path);
});

test('provider libraries are not the runtime', () => {
  expect(() => loadedRuntimePath(['/app/libonnxruntime_providers_cuda.so'])).toThrow(ArenaUnavailable);
});

test('refuses to choose between two runtimes, and names both', () => {
  const loaded = ['/a/libonnxruntime.so.1', '/b/libonnxruntime.so.1'];
  expect(() => loadedRuntimePath(loaded)).toThrow('more than once: /a/libonnxruntime.so.1, /b/libonnxruntime.so.1');
});
