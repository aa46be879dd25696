import type { DeviceSample, GpuSample } from '../../engine/contract/memory.ts';

/** A way to read the GPU. A reading that fails ends the reader: its message is the reason that the window shows. */
export interface GpuReader {
  readonly source: Exclude<DeviceSample['source'], 'none'>;
  /** How often a reading is worth its cost. */
  readonly intervalMs: number;
  /** Where the readings are less than they could be: why, in words for the person. */
  readonly remark: string | null;
  /** @param ownPids Headroom's processes, which are marked as its own. */
  read(ownPids: ReadonlySet<number>): GpuSample | Promise<GpuSample>;
  close(): void;
}

/** No reading can be had; the message says why and what to do. */
export class GpuUnreadable extends Error {}
