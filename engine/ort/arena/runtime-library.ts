import { ArenaUnavailable } from './unavailable.ts';

/** File names of onnxruntime's library in onnxruntime-node: Linux, macOS, Windows. */
const RUNTIME = /[\\/](libonnxruntime\.so\.1|libonnxruntime\.[\d.]+dylib|onnxruntime\.dll)$/i;

/**
 * The path of the onnxruntime library that this process has loaded. It is asked of the process rather than guessed from
 * the package: the same library loaded from a second path is a second runtime, whose arena no session would use.
 * @throws ArenaUnavailable if there is none, or more than one
 */
export function loadedRuntimePath(loaded: readonly string[] = loadedLibraries()): string {
  const paths = [...new Set(loaded.filter((path) => RUNTIME.test(path)))];
  const [path] = paths;
  if (path === undefined) throw new ArenaUnavailable('This process has not loaded the onnxruntime library.');
  if (paths.length > 1) {
    throw new ArenaUnavailable(`This process has loaded onnxruntime more than once: ${paths.join(', ')}.`);
  }
  return path;
}

/** The paths of the shared libraries in this process. */
export function loadedLibraries(): string[] {
  // Host names would be looked up for a full report; only the list of libraries is wanted.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  report.excludeNetwork = true;
  return (report.getReport() as { sharedObjects?: string[] }).sharedObjects ?? [];
}
