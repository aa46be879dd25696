import type { EngineMemory } from '../contract/memory.ts';

/** Bytes in words for a person: "812 MiB", "1.5 GiB". */
export function inWords(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  if (mebibytes >= 1024) return `${(mebibytes / 1024).toFixed(1)} GiB`;
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)} MiB`;
}

/** What the engine holds of its device's memory: "34 MiB in use, 118 MiB reserved, peak 96 MiB". */
export function memoryInWords({ arena, processBytes }: Pick<EngineMemory, 'arena' | 'processBytes'>): string {
  if (!arena) return `${inWords(processBytes)} in the engine's process`;
  const { inUseBytes, reservedBytes, peakBytes } = arena;
  return `${inWords(inUseBytes)} in use, ${inWords(reservedBytes)} reserved, peak ${inWords(peakBytes)}`;
}
