import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import { canHaveCuda, cudaFolder } from '../ort/cuda-libraries.ts';
import { parseCommand, withoutWords } from './arguments.ts';
import { askRuntime } from './examine-runtime.ts';
import { EXIT_DONE } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { resourcesFolder } from './resources.ts';

/** Wheels of the oldest systems that the versions in requirements.txt are made for; which Python runs pip does not matter. */
const WHEELS = [
  '--only-binary=:all:',
  '--implementation=cp',
  '--python-version=3.12',
  ...['2_28', '2_27', '2_17', '2_12'].map((glibc) => `--platform=manylinux_${glibc}_x86_64`),
];

/**
 * `headroom install-cuda`: puts onnxruntime's CUDA provider and NVIDIA's libraries into the person's data folder, where
 * the engine finds them. Neither an installed CUDA toolkit nor root is needed, nor is either touched. What was installed
 * before stays until all of the new is there.
 */
export async function installCudaCommand(args: readonly string[]): Promise<number> {
  const { positionals } = parseCommand('install-cuda', args, {});
  withoutWords('install-cuda', positionals);
  if (!canHaveCuda) throw new HeadroomError('input', 'CUDA can be installed on 64-bit Linux only.');
  const folder = cudaFolder();
  const incomplete = `${folder}.incomplete`;
  await requirePip();
  process.stdout.write(`Installing into ${folder}: about 1.2 GB to download, 1.7 GB on the disk.\n`);
  try {
    await rm(incomplete, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    const requirements = join(resourcesFolder(), 'cuda', 'requirements.txt');
    const code = await pip([
      ...[
        'install',
        '--disable-pip-version-check',
        '--root-user-action=ignore',
        '--no-deps',
        '--require-hashes',
        ...WHEELS,
      ],
      ...['--target', incomplete, '--requirement', requirements],
    ]);
    if (code !== 0) {
      throw new HeadroomError('device', 'pip could not install the libraries: its messages say why.');
    }
    await replace(folder, incomplete);
  } finally {
    await rm(incomplete, { recursive: true, force: true });
  }
  return await check();
}

/** @throws HeadroomError `device` */
async function requirePip(): Promise<void> {
  if ((await pip(['--version'], 'ignore')) === 0) return;
  throw new HeadroomError(
    'device',
    'The libraries come as Python packages, and python3 with pip was not found. Install it (on Debian and Ubuntu: sudo apt-get install python3-pip) and try again; Headroom itself does not use Python.',
  );
}

/** Runs pip, whose output the person sees. Answers its exit code. @throws HeadroomError `cancelled` */
async function pip(args: readonly string[], output: 'inherit' | 'ignore' = 'inherit'): Promise<number> {
  const child = spawn('python3', ['-m', 'pip', ...args], { stdio: ['ignore', output, output] });
  let interrupted = false;
  const stopListening = onInterrupt(() => {
    interrupted = true;
    child.kill();
  });
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', (exit) => resolve(exit ?? -1));
  });
  stopListening();
  if (interrupted) throw new HeadroomError('cancelled', 'Stopped; nothing was changed.');
  return code;
}

async function replace(folder: string, by: string): Promise<void> {
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(folder)) await rename(folder, old);
  await rename(by, folder);
  await rm(old, { recursive: true, force: true });
}

/** Says whether the runtime can use what was installed. @throws HeadroomError `device` if not */
async function check(): Promise<number> {
  const { providers } = await askRuntime();
  const problem = providers.find(({ name }) => name === 'cuda')?.problem;
  if (problem === null) {
    process.stdout.write('CUDA works: Headroom draws on the NVIDIA card from its next start.\n');
    return EXIT_DONE;
  }
  throw new HeadroomError('device', `The libraries are installed, but CUDA cannot be used: ${problem}.`);
}
