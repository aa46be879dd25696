import type { DeviceSample } from '../../../engine/contract/memory.ts';

/** Whose memory is shown. */
export type MemoryKind = 'gpu' | 'system';

/** Who holds how many bytes of a memory; all together and what is free are the whole of it. */
export interface Holdings {
  /** Of resident components, as the engine tells them. */
  weights: { model: string; component: string; bytes: number }[];
  /** What runs take: in use in the arena, less the weights. */
  activations: number;
  /** Reserved by the arena and not in use. */
  cache: number;
  /** What else the engine's process holds: its program, libraries, the driver's context. */
  itself: number;
  /** Headroom's other processes; on a card they count as the engine's own. */
  app: number;
  other: number;
}

/** The card where there is one, unless the engine works in the computer's own memory. */
export function memoryKind({ gpu, engine }: DeviceSample): MemoryKind {
  return gpu && engine?.where !== 'system' ? 'gpu' : 'system';
}

/** Used and total bytes of the memory that is shown. */
export function usage(sample: DeviceSample, kind = memoryKind(sample)): { usedBytes: number; totalBytes: number } {
  return (kind === 'gpu' && sample.gpu) || sample.system;
}

/**
 * Divides what is used among those who hold it. The device says how much the engine has, the engine what for: where it counts
 * more than the device sees (weights in a mapped file, memory that was reserved and never touched), its parts are cut in
 * the order of `Holdings`.
 */
export function holdings(sample: DeviceSample, kind: MemoryKind): Holdings {
  const { usedBytes } = usage(sample, kind);
  const app = kind === 'system' ? sample.processes.app : 0;
  const own = kind === 'gpu' ? ownOnCard(sample, usedBytes) : sample.processes.engine;
  let left = own;
  const take = (bytes: number) => {
    const taken = Math.min(Math.max(0, bytes), left);
    left -= taken;
    return taken;
  };
  const engine = sample.engine?.where === kind ? sample.engine : null;
  const weights = (engine?.weights ?? []).map((entry) => ({ ...entry, bytes: take(entry.bytes) }));
  const { weightBytes, inUseBytes, reservedBytes } = arenaOf(engine);
  const activations = take(inUseBytes - weightBytes);
  const cache = take(reservedBytes - Math.max(inUseBytes, weightBytes));
  return { weights, activations, cache, itself: left, app, other: Math.max(0, usedBytes - own - app) };
}

/**
 * What the engine needs at this moment: weights and activations, or all that its process has where its arena cannot be read.
 * Null where it has said nothing yet.
 */
export function inUse(sample: DeviceSample): number | null {
  if (!sample.engine) return null;
  const { weights, activations, cache, itself } = holdings(sample, memoryKind(sample));
  const told = weights.reduce((sum, { bytes }) => sum + bytes, activations);
  return sample.engine.arena ? told : told + cache + itself;
}

function arenaOf(engine: DeviceSample['engine']) {
  const weightBytes = (engine?.weights ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  const { inUseBytes, reservedBytes } = engine?.arena ?? { inUseBytes: 0, reservedBytes: 0 };
  return { weightBytes, inUseBytes, reservedBytes };
}

/** Drivers in containers and on Windows desktops may not say which process holds what: the arena's word then stands. */
function ownOnCard({ gpu, engine }: DeviceSample, usedBytes: number): number {
  const told = (gpu?.processes ?? []).filter(({ own }) => own).reduce((sum, { bytes }) => sum + bytes, 0);
  const reserved = engine?.where === 'gpu' ? (engine.arena?.reservedBytes ?? 0) : 0;
  return Math.max(told, Math.min(reserved, usedBytes));
}
