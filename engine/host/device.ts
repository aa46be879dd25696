import { cpus } from 'node:os';
import { HeadroomError } from '../contract/errors.ts';
import type { EngineOptions } from '../contract/protocol.ts';
import type { Dialect } from '../layers/dialect.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { type Provider, supportedProviders } from '../ort/session.ts';

/** What the engine computes on. */
export interface Device {
  readonly provider: Provider;
  readonly dialect: Dialect;
  /** In words for the person, such as "CPU (AMD EPYC, 8 threads)". */
  readonly title: string;
}

/** The devices that graphs can be built for, the fastest first. */
const DEVICES: readonly (Omit<Device, 'title'> & { title(): string })[] = [
  { provider: 'cpu', dialect: cpuDialect, title: cpuTitle },
];

/** @throws HeadroomError `input` for a device that cannot be used here, with those that can */
export function chooseDevice(wanted: EngineOptions['device']): Device {
  const supported = supportedProviders();
  const usable = DEVICES.filter(({ provider }) => supported.includes(provider));
  const device = wanted === 'auto' ? usable[0] : usable.find(({ provider }) => provider === wanted);
  if (device) return { ...device, title: device.title() };
  const known = ['auto', ...usable.map(({ provider }) => provider)].join(', ');
  throw new HeadroomError('input', `The device ${wanted} cannot be used by this version of Headroom. Choose ${known}.`);
}

function cpuTitle(): string {
  const threads = cpus();
  const name = threads[0]?.model.trim() || process.arch;
  return `CPU (${name}, ${threads.length} ${threads.length === 1 ? 'thread' : 'threads'})`;
}
