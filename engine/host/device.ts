import { cpus } from 'node:os';
import { HeadroomError } from '../contract/errors.ts';
import type { EngineOptions } from '../contract/protocol.ts';
import type { Dialect } from '../layers/dialect.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { dmlDialect } from '../layers/dialects/dml.ts';
import { webgpuDialect } from '../layers/dialects/webgpu.ts';
import { canHaveCuda, hasNvidiaDriver, NO_DRIVER } from '../ort/cuda-libraries.ts';
import { type Provider, supportedProviders } from '../ort/session.ts';
import { dialectProblem, providerProblem } from './probe.ts';
import { cardBehindWebGpu, processorBehindWebGpu } from './webgpu-card.ts';

/** What the engine computes on. */
export interface Device {
  readonly provider: Provider;
  readonly dialect: Dialect;
  /** In words for the person, such as "CPU (AMD EPYC, 8 threads)". */
  readonly title: string;
}

/** A device that is in this computer and that the automatic choice did not take, and why. */
export interface PassedOver {
  readonly provider: Provider;
  readonly reason: string;
}

interface Candidate {
  readonly provider: Provider;
  readonly dialect: Dialect;
  readonly name: string;
  /** Its kernels are the same everywhere. Those of others are made by drivers, and are tried out first. */
  readonly hasOwnKernels: boolean;
}

/** The devices that graphs can be built for, the fastest first. */
const CANDIDATES: readonly Candidate[] = [
  { provider: 'cuda', dialect: cudaDialect, name: 'CUDA', hasOwnKernels: true },
  { provider: 'dml', dialect: dmlDialect, name: 'DirectML', hasOwnKernels: false },
  { provider: 'webgpu', dialect: webgpuDialect, name: 'WebGPU', hasOwnKernels: false },
  { provider: 'cpu', dialect: cpuDialect, name: 'CPU', hasOwnKernels: true },
];

/**
 * The device that is wanted or, for `auto`, the first that works and is a device of its own.
 *
 * @throws HeadroomError `input` for a device that cannot be used here, saying why, with those that can be asked for
 */
export async function chooseDevice(
  wanted: EngineOptions['device'],
): Promise<{ device: Device; passedOver: readonly PassedOver[] }> {
  const supported = supportedProviders();
  const known = CANDIDATES.map(({ provider }) => provider).filter((provider) => supported.includes(provider));
  const passedOver: PassedOver[] = [];
  for (const provider of wanted === 'auto' ? known : [wanted]) {
    if (wanted === 'auto' && (await whyNotByItself(provider)) !== null) continue;
    const trial = await tryDevice(provider);
    if (typeof trial !== 'string') return { device: trial, passedOver };
    passedOver.push({ provider, reason: trial });
  }
  const reason = passedOver.at(-1)?.reason;
  throw new HeadroomError(
    'input',
    `The device ${wanted} cannot be used here: ${reason}. There are ${['auto', ...known].join(', ')}.`,
  );
}

/** The device as it can be used, in float32 where it does not manage its own type, or why it cannot be used. */
export async function tryDevice(provider: Provider): Promise<Device | string> {
  if (!supportedProviders().includes(provider)) return 'onnxruntime does not have it on this system';
  const candidate = CANDIDATES.find((each) => each.provider === provider);
  if (!candidate) return 'this Headroom has no graphs for it';
  const { dialect, hasOwnKernels, name } = candidate;
  const problem =
    (await providerProblem(provider)) ?? (hasOwnKernels ? null : await dialectProblem(provider, dialect.float32));
  if (problem !== null) return problem;
  const managesType = hasOwnKernels || (await dialectProblem(provider, dialect)) === null;
  const usable = managesType ? dialect : dialect.float32;
  return { provider, dialect: usable, title: `${name}${await detail(provider, usable)}` };
}

/** Why a device is used only where it is asked for, or null: this computer has nothing that it is made for. */
export async function whyNotByItself(provider: Provider): Promise<string | null> {
  if (provider === 'webgpu') return processorBehindWebGpu();
  return provider === 'cuda' && canHaveCuda && !hasNvidiaDriver() ? NO_DRIVER : null;
}

async function detail(provider: Provider, { computeType }: Dialect): Promise<string> {
  if (provider !== 'cpu') {
    const card = provider === 'webgpu' ? await cardBehindWebGpu() : null;
    const what = [card, computeType === 'float32' ? 'in float32' : null].filter((words) => words !== null);
    return what.length > 0 ? ` (${what.join(', ')})` : '';
  }
  const threads = cpus();
  const name = threads[0]?.model.trim() || process.arch;
  return ` (${name}, ${threads.length} ${threads.length === 1 ? 'thread' : 'threads'})`;
}
