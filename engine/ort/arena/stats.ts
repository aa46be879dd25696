import { withObjects } from './native-objects.ts';
import type { OrtApi, Pointer } from './ort-api.ts';

/** Readings of an arena, in bytes. */
export interface ArenaStats {
  /** Null without a limit. */
  readonly limitBytes: number | null;
  readonly inUseBytes: number;
  /** What the arena has taken from the device: what is in use, and what it keeps for later. This meets the limit. */
  readonly reservedBytes: number;
  /** The most that was in use at once since the arena was opened or got its limit. */
  readonly peakBytes: number;
  /** In how many pieces the arena took its memory, weights excepted. */
  readonly regions: number;
}

/** @param allocator an OrtAllocator of an arena */
export function readStats(api: OrtApi, allocator: Pointer): ArenaStats {
  return withObjects(api, (objects) => {
    const pairs = objects.create('allocatorGetStats', 'releaseKeyValuePairs', allocator);
    const value = (key: string) => Number(api.keyValue(pairs, key) ?? 0);
    const limit = value('Limit');
    return {
      // onnxruntime's "no limit" is the largest size_t, which its statistics show as -1.
      limitBytes: limit < 0 ? null : limit,
      inUseBytes: value('InUse'),
      reservedBytes: value('TotalAllocated'),
      peakBytes: value('MaxInUse'),
      // Shrinking takes away from this count of extensions, so that it is the number of regions that are left.
      regions: value('NumArenaExtensions'),
    };
  });
}
