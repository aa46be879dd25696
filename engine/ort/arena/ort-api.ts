import { runtimeError } from '../errors.ts';
import { API_VERSION, ORT_FUNCTIONS, type OrtFunction, SUPPORTED_RELEASE } from './ort-functions.ts';
import { ArenaUnavailable } from './unavailable.ts';

/** An address in native memory. */
export type Pointer = bigint;

type NativeFunction = (...parameters: unknown[]) => unknown;

/**
 * onnxruntime's C API, bound by FFI to a library that is already loaded. Native memory is read with copies only:
 * Electron's V8 forbids buffers that point outside of it.
 */
export class OrtApi {
  readonly version: string;
  /** `getApiBase` is kept because koffi unloads a library when nothing that it looked up there is left. */
  readonly #functions: Readonly<Record<OrtFunction | 'getApiBase', NativeFunction>>;

  private constructor(version: string, functions: Record<OrtFunction | 'getApiBase', NativeFunction>) {
    this.version = version;
    this.#functions = functions;
  }

  /** @throws ArenaUnavailable if the file is not the onnxruntime that this code was written for */
  static async load(path: string): Promise<OrtApi> {
    // Imported late: a platform without a koffi binary then loses the arena only.
    const { default: koffi } = await import('koffi').catch((error: unknown) => {
      throw new ArenaUnavailable(`Native functions cannot be called on this platform: ${text(error)}`);
    });
    if (koffi.sizeof('void *') !== 8) throw new ArenaUnavailable('The arena can be controlled on 64-bit systems only.');

    const getApiBase = orUnavailable(`${path} cannot be used`, () =>
      koffi.load(path).func('OrtGetApiBase', 'void *', []),
    );
    // OrtApiBase: GetApi, GetVersionString.
    const base = getApiBase();
    const method = (table: Pointer, slot: number, signature: string): NativeFunction =>
      koffi.decode(koffi.decode(table, slot * 8, 'void *'), koffi.proto(signature));
    const version = method(base, 1, 'str()')() as string;
    if (!SUPPORTED_RELEASE.test(version)) {
      throw new ArenaUnavailable(
        `The arena of onnxruntime ${version} is not known to Headroom, which was made for 1.29.`,
      );
    }
    const table = method(base, 0, 'void *(uint32_t)')(API_VERSION) as Pointer | null;
    if (table === null)
      throw new ArenaUnavailable(`onnxruntime ${version} does not serve version ${API_VERSION} of its API.`);

    const bound = Object.entries(ORT_FUNCTIONS).map(([name, [slot, signature]]) => [
      name,
      method(table, slot, signature),
    ]);
    const functions = { ...Object.fromEntries(bound), getApiBase };
    if (!hasExpectedAbi(functions)) {
      throw new ArenaUnavailable(`onnxruntime ${version} has another binary interface than expected.`);
    }
    return new OrtApi(version, functions);
  }

  /** Calls a function that answers with a status. @throws RuntimeError with onnxruntime's words */
  call(name: OrtFunction, ...parameters: unknown[]): void {
    const status = this.#functions[name](...parameters);
    if (status === null) return;
    const message = this.#functions.getErrorMessage(status) as string;
    this.#functions.releaseStatus(status);
    throw runtimeError(`onnxruntime's ${name}`, message.trim());
  }

  /** Calls a function whose last parameter, left out here, takes the address of what it creates. */
  create(name: OrtFunction, ...parameters: unknown[]): Pointer {
    const created = new BigUint64Array(1);
    this.call(name, ...parameters, created);
    return created[0] as Pointer;
  }

  release(name: OrtFunction, object: Pointer): void {
    this.#functions[name](object);
  }

  /** The value of a key, or undefined. @param pairs an OrtKeyValuePairs */
  keyValue(pairs: Pointer, key: string): string | undefined {
    return (this.#functions.getKeyValue(pairs, key) as string | null) ?? undefined;
  }
}

/** Hands values there and back: a table or calling convention that differs shows before anything depends on it. */
export function hasExpectedAbi(
  functions: Readonly<Record<'createStatus' | 'getErrorCode' | 'getErrorMessage' | 'releaseStatus', NativeFunction>>,
): boolean {
  const code = 9;
  const message = 'Headroom checks the ABI: µ';
  const status = functions.createStatus(code, message);
  if (status === null) return false;
  const same = functions.getErrorCode(status) === code && functions.getErrorMessage(status) === message;
  functions.releaseStatus(status);
  return same;
}

function orUnavailable<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ArenaUnavailable(`${what}: ${text(error)}`);
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
