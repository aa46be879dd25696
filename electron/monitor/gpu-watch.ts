import type { DeviceSample, GpuSample } from '../../engine/contract/memory.ts';
import { type GpuReader, GpuUnreadable } from './gpu-reader.ts';
import { openNvidiaSmi, type RunNvidiaSmi } from './nvidia-smi.ts';
import { openNvml } from './nvml.ts';
import { NVML_LIBRARIES } from './nvml-functions.ts';

/** A GPU that could be read before may come back: a driver that is updated, a laptop that wakes. */
const REOPEN_MS = 10_000;

/**
 * The best way to read the GPU of this computer: through the driver's library, else through its command line.
 *
 * @param libraries where the driver's library may be
 * @throws GpuUnreadable with the reason where there is no way
 */
export async function openGpu(
  libraries: readonly string[] = NVML_LIBRARIES[process.platform] ?? [],
  runNvidiaSmi?: RunNvidiaSmi,
): Promise<GpuReader> {
  try {
    return await openNvml(libraries);
  } catch (error) {
    const why = messageOf(error);
    return await openNvidiaSmi(why, runNvidiaSmi).catch(() => {
      throw new GpuUnreadable(why);
    });
  }
}

/** What is known of the GPU right now. */
export type GpuState = Pick<DeviceSample, 'source' | 'reason' | 'gpu'>;

/** Keeps a GPU reader alive and holds its last reading. */
export class GpuWatch {
  private readonly open: () => Promise<GpuReader>;
  private reader: GpuReader | null = null;
  private gpu: GpuSample | null = null;
  private reason: string | null = null;
  private busy = false;
  private nextReadAt = 0;
  private nextOpenAt = 0;

  constructor(open: () => Promise<GpuReader> = () => openGpu()) {
    this.open = open;
  }

  get state(): GpuState {
    if (!this.reader || !this.gpu) return { source: 'none', reason: this.reason, gpu: null };
    return { source: this.reader.source, reason: this.reader.remark, gpu: this.gpu };
  }

  /**
   * Reads the GPU if it is time for it. A reader that answers at once has its reading in `state` when this returns; one
   * that takes its time holds up nobody, and is not asked again meanwhile.
   */
  async poll(now: number, ownPids: ReadonlySet<number>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      if (!this.reader) await this.reopen(now);
      if (this.reader && now >= this.nextReadAt) await this.read(this.reader, now, ownPids);
    } finally {
      this.busy = false;
    }
  }

  close(): void {
    this.reader?.close();
    this.reader = null;
    this.nextOpenAt = Number.POSITIVE_INFINITY;
  }

  private async reopen(now: number): Promise<void> {
    if (now < this.nextOpenAt) return;
    try {
      const reader = await this.open();
      // Closed while it opened.
      if (this.nextOpenAt === Number.POSITIVE_INFINITY) reader.close();
      else this.reader = reader;
    } catch (error) {
      const wasOpen = this.nextOpenAt > 0;
      this.reason = messageOf(error);
      // A computer without a GPU does not get one while Headroom runs.
      this.nextOpenAt = wasOpen ? now + REOPEN_MS : Number.POSITIVE_INFINITY;
    }
  }

  private async read(reader: GpuReader, now: number, ownPids: ReadonlySet<number>): Promise<void> {
    this.nextReadAt = now + reader.intervalMs;
    try {
      const reading = reader.read(ownPids);
      this.gpu = reading instanceof Promise ? await reading : reading;
    } catch (error) {
      reader.close();
      this.reader = null;
      this.gpu = null;
      this.reason = messageOf(error);
      this.nextOpenAt = now + REOPEN_MS;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
