import type { EngineStatus } from '../../electron/ipc/contract.ts';
import { firstLine, sentence } from '../format.ts';

/** How a state looks: its dot's colour, and whether the dot moves. */
export type EngineTone = 'neutral' | 'busy' | 'good' | 'warning' | 'danger';

export interface EngineWords {
  tone: EngineTone;
  text: string;
  /** More in the tooltip. */
  detail: string | null;
  /** Counts up from here (milliseconds since the epoch). */
  since: number | null;
  /** Counts down to here. */
  until: number | null;
}

const devices: Record<string, string> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  webgpu: 'WebGPU',
  coreml: 'CoreML',
};

/** A device's short name, without the make that follows it in brackets: "CPU (AMD EPYC, 2 threads)" is "CPU". */
function shortDevice(device: string): string {
  const name = device.replace(/ \(.*\)$/, '');
  return devices[name] ?? name;
}

/** An engine status in words for the person. */
export function engineWords(status: EngineStatus): EngineWords {
  const plain = { detail: null, since: null, until: null };
  switch (status.state) {
    case 'stopped':
      return { ...plain, tone: 'neutral', text: 'Engine stopped' };
    case 'starting':
      return { ...plain, tone: 'busy', text: status.attempt > 1 ? `Starting, attempt ${status.attempt}` : 'Starting' };
    case 'ready':
      return {
        ...plain,
        tone: 'good',
        text: `Ready on ${shortDevice(status.device)}`,
        detail: processWords(status),
      };
    case 'busy':
      return {
        tone: 'busy',
        text: status.lease ? sentence(status.lease.what) : `Working on ${shortDevice(status.device)}`,
        detail: processWords(status),
        since: status.lease ? status.since : null,
        until: null,
      };
    case 'restarting':
      return {
        tone: 'warning',
        text: `Restarting: ${firstLine(status.reason)}`,
        detail: `Attempt ${status.attempt}.`,
        since: null,
        until: status.at,
      };
    case 'failed':
      return { ...plain, tone: 'danger', text: 'Engine failed', detail: `${sentence(firstLine(status.reason))}.` };
  }
}

function processWords({ device, runtime, pid }: { device: string; runtime: string; pid: number }): string {
  return `${devices[device] ?? device} · ${runtime} · process ${pid}`;
}
