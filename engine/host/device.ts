import { cpus } from 'node:os';
import { HeadroomError } from '../contract/errors.ts';
import type { EngineOptions } from '../contract/protocol.ts';
import type { Dialect } from '../layers/dialect.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { type Provider, supportedProviders } from '../ort/session.ts';
import { providerProblem } from './probe.ts';

/** What the engine computes on. */
export interface Device {
  readonly provider: Provider;
  readonly dialect: Dialect;
  /** In words for the person, such as "CPU (AMD EPYC, 8 threads)". */
  readonly title: string;
}

/** The devices that graphs can be built for, the fastest first. */
const DEVICES: readonly Omit<Device, 'title'>[] = [
  { provider: 'cuda', dialect: cudaDialect },
  { provider: 'cpu', dialect: cpuDialect },
];

/** @throws HeadroomError `input` for a device that cannot be used here, saying why, with those that can be asked for */
export async function chooseDevice(wanted: EngineOptions['device']): Promise<Device> {
  const supported = supportedProviders();
  const listed = DEVICES.filter(({ provider }) => supported.includes(provider));
  const candidates = listed.filter(({ provider }) => wanted === 'auto' || wanted === provider);
  let problem = 'this Headroom has no graphs for it';
  for (const device of candidates) {
    const found = await providerProblem(device.provider);
    if (found === null) return { ...device, title: titleOf(device.provider) };
    problem = found;
  }
  const known = ['auto', ...listed.map(({ provider }) => provider)].join(', ');
  throw new HeadroomError('input', `The device ${wanted} cannot be used here: ${problem}. There are ${known}.`);
}

function titleOf(provider: Provider): string {
  if (provider !== 'cpu') return provider.toUpperCase();
  const threads = cpus();
  const name = threads[0]?.model.trim() || process.arch;
  return `CPU (${name}, ${threads.length} ${threads.length === 1 ? 'thread' : 'threads'})`;
}
