import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canHaveCuda } from '../ort/cuda-libraries.ts';
import { zRuntimeFindings } from './examine-runtime.ts';

const program = resolve('build/headroom.mjs');
let folder: string;
let cuda: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-cuda-'));
  cuda = join(folder, 'data', 'cuda');
});
afterEach(() => rmSync(folder, { recursive: true }));

function headroom(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, HEADROOM_CUDA: cuda, PATH: folder };
  return new Promise((done) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

/** Stands for Python with pip, whose index of packages is out of reach for tests: a shell script with the arguments in $@. */
function python(script: string): void {
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'python3'), 0o755);
}

const written = 'onnxruntime/capi/libonnxruntime_providers_cuda.so';
/** Installs a provider that is no library. */
const INSTALLS = `
PATH=/usr/bin:/bin
[ "$3" = install ] || exit 0
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/onnxruntime/capi"; echo "$*" > "$2/${written}"`;

function alreadyThere(): void {
  mkdirSync(join(cuda, 'onnxruntime', 'capi'), { recursive: true });
  writeFileSync(join(cuda, written), 'of before');
}

describe.runIf(canHaveCuda)('headroom install-cuda', () => {
  test('has pip install what is pinned, and says why CUDA cannot be used if so', async () => {
    alreadyThere();
    python(INSTALLS);
    const { code, out, err } = await headroom('install-cuda');
    expect({ code, out }).toEqual({ code: 3, out: expect.stringContaining(`Installing into ${cuda}`) });
    expect(err).toMatch(/^error: The libraries are installed, but CUDA cannot be used: \S/);
    const requirements = readFileSync(join(cuda, written), 'utf8').trim().split(' ').at(-1) as string;
    expect(readFileSync(requirements, 'utf8')).toMatch(/^onnxruntime-gpu==1\.29\.0 --hash=sha256:/m);
    expect(readdirSync(join(folder, 'data'))).toEqual(['cuda']);
  });

  test.each([
    ['there is no Python', '', /python3 with pip was not found/],
    ['pip fails', `[ "$3" != install ] || exit 1`, /pip could not install/],
    ['pip is interrupted half-way', `${INSTALLS}; kill $$`, /pip could not install/],
  ])('leaves what was there before when %s', async (_, script, message) => {
    alreadyThere();
    if (script) python(script);
    expect(await headroom('install-cuda')).toMatchObject({ code: 3, err: expect.stringMatching(message) });
    expect(readFileSync(join(cuda, written), 'utf8')).toBe('of before');
    expect(readdirSync(join(folder, 'data'))).toEqual(['cuda']);
  });
});

describe.runIf(canHaveCuda)('the runtime', () => {
  const providers = async () => {
    const { out } = await headroom('doctor', '--runtime-only');
    return Object.fromEntries(zRuntimeFindings.parse(JSON.parse(out)).providers.map((one) => [one.name, one.problem]));
  };

  test('says what is missing where the provider is not installed', async () => {
    const words = /there is no NVIDIA driver|headroom install-cuda/;
    expect(await providers()).toMatchObject({ cpu: null, cuda: expect.stringMatching(words) });
    expect(existsSync(cuda)).toBe(false);
  });

  test('works on the processor where what is installed is broken, and names the file', async () => {
    alreadyThere();
    expect(await providers()).toMatchObject({ cpu: null, cuda: expect.stringContaining('libcudart.so.13') });
  });
});
