import { freemem, totalmem } from 'node:os';
import type { DeviceSample } from '../../engine/contract/memory.ts';
import { Emitter } from '../lifetime.ts';
import type { GpuWatch } from './gpu-watch.ts';

const PERIOD_MS = 250;
/** What the plot shows: the last ten minutes. */
const KEPT_SAMPLES = (10 * 60_000) / PERIOD_MS;

/** What main knows of Headroom's own processes. */
export interface OwnProcesses {
  pids: ReadonlySet<number>;
  /** Resident set sizes; engine is 0 while it is not running. */
  memory: DeviceSample['processes'];
}

/** Samples the machine four times a second and keeps the last ten minutes. */
export class DeviceMonitor {
  readonly onSample = new Emitter<DeviceSample>();
  private readonly gpu: GpuWatch;
  private readonly ownProcesses: () => OwnProcesses;
  private readonly engine: () => DeviceSample['engine'];
  private kept: DeviceSample[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(gpu: GpuWatch, ownProcesses: () => OwnProcesses, engine: () => DeviceSample['engine']) {
    this.gpu = gpu;
    this.ownProcesses = ownProcesses;
    this.engine = engine;
  }

  /** Oldest first. */
  get history(): DeviceSample[] {
    return this.kept.slice(-KEPT_SAMPLES);
  }

  start(): void {
    this.timer ??= setInterval(() => this.sample(), PERIOD_MS);
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.gpu.close();
  }

  private sample(): void {
    const time = Date.now();
    const own = this.ownProcesses();
    void this.gpu.poll(time, own.pids);
    const totalBytes = totalmem();
    const system = { totalBytes, usedBytes: totalBytes - freemem() };
    const sample = { time, ...this.gpu.state, system, processes: own.memory, engine: this.engine() };
    this.kept.push(sample);
    // Trimmed in blocks: moving the whole list at every sample would be most of the monitor's work.
    if (this.kept.length > KEPT_SAMPLES * 1.1) this.kept = this.kept.slice(-KEPT_SAMPLES);
    this.onSample.emit(sample);
  }
}
