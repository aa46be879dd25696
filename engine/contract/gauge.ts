import { z } from 'zod';

/**
 * What the arena holds, told through a small file: while onnxruntime works, nothing else gets out of the engine. A thread of
 * the engine writes the file in place, main reads it whenever it samples the machine.
 */
export interface ArenaGauge {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly inUseBytes: number;
  readonly reservedBytes: number;
  /** The most that was in use at once since the engine started. */
  readonly peakBytes: number;
}

/** Where the engine finds the thread's program, and the file that it writes. */
export const zGaugeFiles = z.object({ program: z.string(), file: z.string() });
export type GaugeFiles = z.infer<typeof zGaugeFiles>;

export const GAUGE_BYTES = 4 * Float64Array.BYTES_PER_ELEMENT;

export function encodeGauge({ time, inUseBytes, reservedBytes, peakBytes }: ArenaGauge): Uint8Array {
  return new Uint8Array(Float64Array.of(time, inUseBytes, reservedBytes, peakBytes).buffer);
}

/** Null for what is no gauge, such as a file that has just been made. */
export function decodeGauge(bytes: Uint8Array): ArenaGauge | null {
  if (bytes.length !== GAUGE_BYTES) return null;
  const [time = 0, ...held] = new Float64Array(Uint8Array.from(bytes).buffer);
  const [inUseBytes = 0, reservedBytes = 0, peakBytes = 0] = held;
  if (!(time > 0) || !held.every((value) => value >= 0 && Number.isFinite(value))) return null;
  return { time, inUseBytes, reservedBytes, peakBytes };
}
