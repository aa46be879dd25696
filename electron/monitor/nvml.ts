import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { GpuSample } from '../../engine/contract/memory.ts';
import { type GpuReader, GpuUnreadable } from './gpu-reader.ts';
import { bindNvml, NVML, type NvmlFunctions } from './nvml-functions.ts';
import { openSharedLibrary } from './shared-library.ts';

/** nvmlProcessInfo_t: pid at 0, usedGpuMemory at 8, two instance ids; some R535 drivers write 32 bytes each instead of 24. */
const PROCESS_INFO = { bytes: 24, roomBytes: 32, pid: 0, used: 8 } as const;
/** usedGpuMemory where the driver does not know it (NVML_VALUE_NOT_AVAILABLE), such as on Windows desktops. */
const NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn;
const NAME_BYTES = 96;
const PROCESS_NAME_BYTES = 1024;

/**
 * Opens NVIDIA's management library for the first GPU.
 *
 * @param libraries where it may be; none for a system without such a driver
 * @throws GpuUnreadable where there is no driver, or it does not answer.
 */
export async function openNvml(libraries: readonly string[]): Promise<GpuReader> {
  if (libraries.length === 0) throw new GpuUnreadable('There are no NVIDIA drivers for this system.');
  const lookup = await openSharedLibrary(libraries).catch((error) => {
    const reason = String(error instanceof Error ? error.message : error).replace(
      'Failed to load shared library: ',
      '',
    );
    throw new GpuUnreadable(`No NVIDIA driver was found (${libraries[0]}: ${reason}).`);
  });
  return new NvmlReader(bindNvml(lookup));
}

/** Readings of GPU 0 through NVML. */
export class NvmlReader implements GpuReader {
  readonly source = 'nvml';
  readonly intervalMs = 0;
  readonly remark = null;
  private readonly nvml: NvmlFunctions;
  private readonly device: bigint;
  private readonly name: string;
  private readonly processNames = new Map<number, string>();
  /** Grows to what the driver asks for, so that a busy machine costs one extra call once. */
  private processRoom = 64;

  constructor(nvml: NvmlFunctions) {
    this.nvml = nvml;
    this.check(nvml.init(), 'The NVIDIA driver does not answer');
    const handle = Buffer.alloc(8);
    this.check(nvml.deviceByIndex(0, handle), 'There is no NVIDIA GPU to read');
    this.device = handle.readBigUInt64LE();
    const name = Buffer.alloc(NAME_BYTES);
    this.name = nvml.deviceName(this.device, name) === NVML.success ? text(name) : 'NVIDIA GPU';
  }

  read(ownPids: ReadonlySet<number>): GpuSample {
    // nvmlMemory_t: total, free, used, each an unsigned long long.
    const memory = Buffer.alloc(24);
    this.check(this.nvml.memory(this.device, memory), 'The GPU can no longer be read');
    return {
      name: this.name,
      totalBytes: Number(memory.readBigUInt64LE(0)),
      freeBytes: Number(memory.readBigUInt64LE(8)),
      usedBytes: Number(memory.readBigUInt64LE(16)),
      // nvmlUtilization_t: gpu and memory, each an unsigned int in percent.
      utilisation: this.number((out) => this.nvml.utilisation(this.device, out)),
      temperatureC: this.number((out) => this.nvml.temperature(this.device, out)),
      powerW: this.number((out) => this.nvml.power(this.device, out), 1000),
      processes: this.readProcesses(ownPids),
    };
  }

  close(): void {
    this.nvml.shutdown();
  }

  private check(code: number, what: string): void {
    if (code === NVML.success) return;
    const advice = ADVICE[code] ?? '';
    throw new GpuUnreadable(`${what}: ${this.nvml.errorText(code)}.${advice}`);
  }

  /** The first unsigned int that a call writes, or null where the driver does not tell. */
  private number(call: (out: Buffer) => number, divisor = 1): number | null {
    const out = Buffer.alloc(8);
    return call(out) === NVML.success ? out.readUInt32LE() / divisor : null;
  }

  private readProcesses(ownPids: ReadonlySet<number>): GpuSample['processes'] {
    const bytesByPid = new Map([
      ...this.processList(this.nvml.graphicsProcesses),
      // A process in both lists holds one amount of memory, which both tell.
      ...this.processList(this.nvml.computeProcesses),
    ]);
    for (const pid of this.processNames.keys()) if (!bytesByPid.has(pid)) this.processNames.delete(pid);
    return [...bytesByPid]
      .map(([pid, bytes]) => ({ pid, name: this.processName(pid), bytes, own: ownPids.has(pid) }))
      .sort((one, other) => other.bytes - one.bytes);
  }

  private processList(call: NvmlFunctions['computeProcesses']): [pid: number, bytes: number][] {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const count = Buffer.alloc(4);
      const infos = Buffer.alloc(this.processRoom * PROCESS_INFO.roomBytes);
      count.writeUInt32LE(this.processRoom);
      const code = call(this.device, count, infos);
      if (code === NVML.success) return parseProcesses(infos, count.readUInt32LE());
      if (code !== NVML.insufficientSize) return [];
      this.processRoom = count.readUInt32LE() + 16;
    }
    return [];
  }

  private processName(pid: number): string {
    const known = this.processNames.get(pid);
    if (known !== undefined) return known;
    const buffer = Buffer.alloc(PROCESS_NAME_BYTES);
    const told = this.nvml.processName(pid, buffer) === NVML.success ? text(buffer) : '';
    const name = baseName(told) || nameFromProc(pid) || `process ${pid}`;
    this.processNames.set(pid, name);
    return name;
  }
}

const ADVICE: Partial<Record<number, string>> = {
  [NVML.driverNotLoaded]: ' Is the driver installed and loaded?',
  [NVML.libraryVersionMismatch]: ' The driver was updated: restart the computer.',
};

function parseProcesses(infos: Buffer, count: number): [pid: number, bytes: number][] {
  return Array.from({ length: count }, (_, index): [number, bigint] => {
    const at = index * PROCESS_INFO.bytes;
    return [infos.readUInt32LE(at + PROCESS_INFO.pid), infos.readBigUInt64LE(at + PROCESS_INFO.used)];
  })
    .filter(([, bytes]) => bytes !== NOT_AVAILABLE)
    .map(([pid, bytes]) => [pid, Number(bytes)]);
}

/** A C string in a buffer. */
function text(buffer: Buffer): string {
  const end = buffer.indexOf(0);
  return buffer.toString('utf8', 0, end < 0 ? buffer.length : end);
}

/** The program's file name; NVML gives its path on Windows, and its command line on Linux. */
function baseName(command: string): string {
  return command.includes('\\') ? path.win32.basename(command) : path.basename(command.split(' ')[0]!);
}

function nameFromProc(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
