/** A C function reached by name; parameters and result follow the signature it was looked up with. */
export type NativeFunction = (...parameters: unknown[]) => unknown;

/** Finds a function of a shared library, or null where this version of the library lacks it. */
export type SymbolLookup = (name: string, result: string, parameters: string[]) => NativeFunction | null;

/**
 * Loads the first of these libraries that the system finds, by name or path.
 * @throws Error with the loader's own words where none loads, or where koffi has no binary for this platform.
 */
export async function openSharedLibrary(candidates: readonly string[]): Promise<SymbolLookup> {
  // Imported late: a platform without a koffi binary then loses the GPU reading only, not the app.
  const { default: koffi } = await import('koffi');
  const library = firstThatLoads(candidates, (name) => koffi.load(name));
  return (name, result, parameters) => {
    try {
      return library.func(name, result, parameters);
    } catch {
      return null;
    }
  };
}

function firstThatLoads<T>(candidates: readonly string[], load: (name: string) => T): T {
  let failure: unknown = new Error('no library was named');
  for (const name of candidates) {
    try {
      return load(name);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
