import type { SymbolLookup } from './shared-library.ts';

/** Where each system keeps NVIDIA's management library, which comes with the driver. */
export const NVML_LIBRARIES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libnvidia-ml.so.1', 'libnvidia-ml.so'],
  win32: ['nvml.dll', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvml.dll'],
};

/**
 * The part of NVML that is used: NVIDIA Management Library reference (`nvml.h`, API version 12). Each returns an nvmlReturn_t.
 * An nvmlDevice_t is an opaque pointer, passed as the integer that it is; outputs are written into the given buffers.
 */
export interface NvmlFunctions {
  init(): number;
  shutdown(): number;
  errorText(code: number): string;
  deviceByIndex(index: number, device: Buffer): number;
  deviceName(device: bigint, text: Buffer): number;
  memory(device: bigint, memory: Buffer): number;
  utilisation(device: bigint, rates: Buffer): number;
  temperature(device: bigint, celsius: Buffer): number;
  power(device: bigint, milliwatts: Buffer): number;
  computeProcesses(device: bigint, count: Buffer, infos: Buffer): number;
  graphicsProcesses(device: bigint, count: Buffer, infos: Buffer): number;
  processName(pid: number, text: Buffer): number;
}

/** nvmlReturn_t values that are told apart. */
export const NVML = {
  success: 0,
  notSupported: 3,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  libraryVersionMismatch: 18,
} as const;

/** `nvmlTemperatureSensors_t`: NVML_TEMPERATURE_GPU. */
const TEMPERATURE_OF_GPU = 0;

/**
 * Binds the functions. `_v3` and `_v2` of the process lists share one struct (nvmlProcessInfo_t of 24 bytes).
 * @throws Error naming the function without which nothing can be read.
 */
export function bindNvml(lookup: SymbolLookup): NvmlFunctions {
  const optional = (names: readonly string[], parameters: string[]) => {
    for (const name of names) {
      const found = lookup(name, 'int', parameters);
      if (found) return found as (...given: unknown[]) => number;
    }
    return () => NVML.functionNotFound;
  };
  const required = (name: string, parameters: string[]) => {
    const found = lookup(name, 'int', parameters);
    if (!found) throw new Error(`The NVIDIA driver is too old: its library has no ${name}.`);
    return found as (...given: unknown[]) => number;
  };
  const errorString = lookup('nvmlErrorString', 'const char *', ['int']);
  const processes = (kind: string) =>
    optional(
      [`nvmlDeviceGet${kind}RunningProcesses_v3`, `nvmlDeviceGet${kind}RunningProcesses_v2`],
      ['uintptr_t', 'void *', 'void *'],
    );
  const ofDevice = (name: string) => optional([name], ['uintptr_t', 'void *']);
  const deviceName = optional(['nvmlDeviceGetName'], ['uintptr_t', 'void *', 'uint32_t']);
  const temperature = optional(['nvmlDeviceGetTemperature'], ['uintptr_t', 'int', 'void *']);
  const processName = optional(['nvmlSystemGetProcessName'], ['uint32_t', 'void *', 'uint32_t']);
  return {
    init: required('nvmlInit_v2', []),
    shutdown: required('nvmlShutdown', []),
    errorText: (code) => String(errorString?.(code) ?? `NVML error ${code}`),
    deviceByIndex: required('nvmlDeviceGetHandleByIndex_v2', ['uint32_t', 'void *']),
    deviceName: (device, text) => deviceName(device, text, text.length),
    memory: required('nvmlDeviceGetMemoryInfo', ['uintptr_t', 'void *']),
    utilisation: ofDevice('nvmlDeviceGetUtilizationRates'),
    temperature: (device, celsius) => temperature(device, TEMPERATURE_OF_GPU, celsius),
    power: ofDevice('nvmlDeviceGetPowerUsage'),
    computeProcesses: processes('Compute'),
    graphicsProcesses: processes('Graphics'),
    processName: (pid, text) => processName(pid, text, text.length),
  };
}
