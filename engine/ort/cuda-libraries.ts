import { existsSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** Where pip puts the provider and NVIDIA's libraries below the folder that it installs into. Each needs those before it. */
const PROVIDER_FOLDER = 'onnxruntime/capi';
const PROVIDER = `${PROVIDER_FOLDER}/libonnxruntime_providers_cuda.so`;
const RUNTIME = 'libonnxruntime.so.1';
const NVIDIA_LIBRARIES = [
  'nvidia/cu13/lib/libcudart.so.13',
  'nvidia/cu13/lib/libnvrtc.so.13',
  'nvidia/cu13/lib/libcublasLt.so.13',
  'nvidia/cu13/lib/libcublas.so.13',
  'nvidia/cu13/lib/libcurand.so.10',
  'nvidia/cudnn/lib/libcudnn.so.9',
];

export const NO_DRIVER = 'there is no NVIDIA driver';

/** By path; kept, because koffi unloads a library that nobody holds. */
const held = new Map<string, unknown>();

/** Whether onnxruntime has a CUDA provider for this platform that Headroom can install. */
export const canHaveCuda = process.platform === 'linux' && process.arch === 'x64';

/**
 * The person's folder for onnxruntime's CUDA provider and the libraries of NVIDIA that it needs: `HEADROOM_CUDA`, else
 * where the system keeps the data of programs (XDG Base Directory Specification). `headroom install-cuda` fills it.
 */
export function cudaFolder(): string {
  const { HEADROOM_CUDA, XDG_DATA_HOME } = process.env;
  return HEADROOM_CUDA || join(XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'headroom', 'cuda');
}

/**
 * Loads onnxruntime by a link in the folder of the CUDA provider, if that is installed: onnxruntime looks for its provider
 * in the folder that it was loaded from, which in a packaged app nobody can write to. Without it everything but CUDA works.
 *
 * @param packageFolder onnxruntime-node's
 */
export function loadBesideCuda(packageFolder: string): void {
  if (!isInstalled()) return;
  const library = join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch, RUNTIME);
  try {
    // The system's loader cannot open what is inside of an asar.
    load(linkTo(library.replace(/\bapp\.asar(?=\/)/, 'app.asar.unpacked'), join(cudaFolder(), PROVIDER_FOLDER)));
  } catch {
    // Creating a session with CUDA says what is missing.
  }
}

/**
 * Loads what the CUDA provider needs by its path, so that no `LD_LIBRARY_PATH` has to be set before the process starts: the
 * system's loader takes what is in the process already. To be called before the first session with CUDA.
 */
export function loadNvidiaLibraries(): void {
  if (isInstalled()) problemOf(NVIDIA_LIBRARIES);
}

/** Why the CUDA provider does not load, in words for the person; null where it does, or where there is none to have. */
export function cudaProblem(): string | null {
  if (!canHaveCuda) return null;
  if (!isInstalled()) return hasNvidiaDriver() ? 'it is not installed: see headroom install-cuda --help' : NO_DRIVER;
  const problem = problemOf([...NVIDIA_LIBRARIES, PROVIDER]);
  return problem?.startsWith('libcuda.so') ? `the NVIDIA driver is not installed (${problem})` : problem;
}

/** Whether NVIDIA's driver is there, by its device file; in Windows' Subsystem for Linux it is that of all graphics cards. */
export function hasNvidiaDriver(): boolean {
  return ['/dev/nvidiactl', '/dev/dxg'].some((file) => existsSync(file));
}

function isInstalled(): boolean {
  return canHaveCuda && existsSync(join(cudaFolder(), PROVIDER));
}

/** What the system's loader says of the first of these files that it cannot load. */
function problemOf(names: readonly string[]): string | null {
  for (const path of names.map((name) => join(cudaFolder(), name))) {
    try {
      load(path);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const text = message.replace(/^Failed to load shared library: /, '');
      // Of what the file needs itself the loader tells the name.
      return /^lib\S+: /.test(text) ? text : `${path}: ${text}`;
    }
  }
  return null;
}

/** A link to a file, which may have moved since the last time: an AppImage is somewhere else at each start. */
function linkTo(file: string, folder: string): string {
  const link = join(folder, RUNTIME);
  if (existsSync(link) && readlinkSync(link) === file) return link;
  const made = `${link}.${process.pid}`;
  rmSync(made, { force: true });
  symlinkSync(file, made);
  renameSync(made, link);
  return link;
}

function load(path: string): void {
  if (!held.has(path)) held.set(path, (require('koffi') as typeof import('koffi').default).load(path));
}
