import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RuntimeError } from '../errors.ts';
import { supportedProviders } from '../session.ts';
import { hasExpectedAbi, OrtApi } from './ort-api.ts';
import { loadedLibraries, loadedRuntimePath } from './runtime-library.ts';
import { ArenaUnavailable } from './unavailable.ts';

let folder: string;
let runtime: string;

beforeAll(() => {
  // Asks onnxruntime-node for something, so that its library is loaded.
  supportedProviders();
  runtime = loadedRuntimePath();
  folder = mkdtempSync(join(tmpdir(), 'headroom-arena-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('binds the library that the process has loaded', async () => {
  expect((await OrtApi.load(runtime)).version).toMatch(/^1\.29\./);
});

test("an answer other than success becomes an error with onnxruntime's words", async () => {
  const api = await OrtApi.load(runtime);
  const call = () => api.create('createMemoryInfo', 'NoSuchMemory', 1, 0, 0);
  expect(call).toThrow(RuntimeError);
  expect(call).toThrow(/createMemoryInfo failed: .*NoSuchMemory|not supported|invalid/i);
});

describe('is not available, and says why', () => {
  const reason = async (path: string) => {
    const error: unknown = await OrtApi.load(path).then(
      () => 'it loaded',
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ArenaUnavailable);
    return (error as ArenaUnavailable).message;
  };

  test('when the library is missing', async () => {
    const path = join(folder, 'libonnxruntime.so.1');
    expect(await reason(path)).toContain(path);
  });

  test('when the file is not a library', async () => {
    const path = join(folder, 'text.so');
    writeFileSync(path, 'not a library');
    expect(await reason(path)).toContain(path);
  });

  test('when the library is another one', async () => {
    await import('koffi');
    const koffi = loadedLibraries().find((path) => path.endsWith('koffi.node'));
    expect(await reason(koffi as string)).toContain('OrtGetApiBase');
  });

  test('when onnxruntime has another version', async () => {
    const bytes = readFileSync(runtime);
    const version = bytes.indexOf('\0' + '1.29.0' + '\0') + 1;
    expect(version).toBeGreaterThan(0);
    bytes.write('1.31.0', version);
    const path = join(folder, 'libonnxruntime-other.so');
    writeFileSync(path, bytes);
    expect(await reason(path)).toBe(
      'The arena of onnxruntime 1.31.0 is not known to Headroom, which was made for 1.29.',
    );
  });
});

test.each([
  ['no status', { createStatus: () => null }],
  ['another code', { getErrorCode: () => 0 }],
  ['another text', { getErrorMessage: () => 'Headroom checks the ABI: ?' }],
])('a library that hands back %s has another ABI', (_, differing) => {
  const expected = {
    createStatus: (...status: unknown[]) => status,
    getErrorCode: (status: unknown) => (status as unknown[])[0],
    getErrorMessage: (status: unknown) => (status as unknown[])[1],
    releaseStatus: () => undefined,
  };
  expect(hasExpectedAbi(expected)).toBe(true);
  expect(hasExpectedAbi({ ...expected, ...differing })).toBe(false);
});
