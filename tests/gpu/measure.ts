import { closeSync, openSync, readSync } from 'node:fs';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import type { Session } from '../../engine/ort/session.ts';
import type { Tensor } from '../../engine/tensor/tensor.ts';
import { relativeError } from '../support/compare.ts';
import type { Device } from './device.ts';
import { buildNetwork, recordedName } from './networks.ts';
import type { ReferenceCall, ReferenceTensors } from './reference.ts';

/** What was measured of one call: seconds and bytes. */
export interface Measured {
  readonly model: string;
  readonly component: string;
  readonly batch: number;
  readonly side: number;
  readonly precision: string;
  /** Making the graph, and the session with its weights on the device. */
  readonly build: number;
  readonly load: number;
  /** The first call of the shape, in which convolutions are planned. */
  readonly first: number;
  /** Median, inputs from and results to the computer's memory included. */
  readonly seconds: number;
  /** In the arena: the weights, and the peak and the reserve beyond them. */
  readonly weights: number;
  readonly peak: number;
  readonly reserved: number;
  /** On the whole GPU, by all processes. */
  readonly deviceMemory: number;
  /** Of each result: against float32, and against PyTorch in the same precision. */
  readonly errors: Readonly<Record<string, { readonly exact: number; readonly torch: number }>>;
}

const WARM_UP = 3;

/** Loads the network of a recorded call, runs it, compares the results and lets it go. */
export async function measureCall(
  device: Device,
  folder: string,
  call: ReferenceCall,
  tensors: ReferenceTensors,
  options: { readonly runs: number; readonly change?: (model: OnnxModel) => OnnxModel },
): Promise<Measured> {
  const { model, component, batch, side, precision, key } = call;
  const [graph, build] = await timed(async () => {
    const built = buildNetwork(folder, call, device.dialect(precision));
    return options.change ? options.change(built) : built;
  });
  const [session, load] = await timed(() => device.createSession(key, graph));
  try {
    const weights = device.arena.stats().inUseBytes;
    const inputs = Object.fromEntries(session.inputs.map((name) => [name, tensors.get(`${key}/${name}`)]));
    const { results, seconds: first, peak, reserved } = await firstRun(device, session, inputs);
    const seconds = await medianSeconds(session, inputs, options.runs);
    const memory = { weights, peak, reserved, deviceMemory: device.memoryInUse() };
    const errors = compare(call, results, tensors);
    return { model, component, batch, side, precision, build, load, first, seconds, ...memory, errors };
  } finally {
    await session.release();
    device.arena.shrink();
  }
}

/**
 * A run with the peak of what was in use during it and what the arena took for it, beginning with none. The arena's own
 * peak only grows: what it was so far is held, and never touched, so that this run shows.
 */
export async function firstRun({ arena }: Device, session: Session, inputs: Readonly<Record<string, Tensor>>) {
  arena.shrink();
  const { peakBytes, inUseBytes } = arena.stats();
  const release = peakBytes > inUseBytes ? arena.hold(peakBytes - inUseBytes) : () => {};
  try {
    const start = arena.stats();
    const [results, seconds] = await timed(() => session.run(inputs));
    const end = arena.stats();
    const peak = end.peakBytes - start.inUseBytes;
    return { results, seconds, peak, reserved: end.reservedBytes - start.reservedBytes };
  } finally {
    release();
    arena.shrink();
  }
}

export async function medianSeconds(
  session: Session,
  inputs: Readonly<Record<string, Tensor>>,
  runs: number,
): Promise<number> {
  const seconds: number[] = [];
  for (let run = 0; run < WARM_UP + runs; run++) {
    const [, time] = await timed(() => session.run(inputs));
    if (run >= WARM_UP) seconds.push(time);
  }
  return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)] as number;
}

function compare(call: ReferenceCall, results: Readonly<Record<string, Tensor>>, tensors: ReferenceTensors) {
  return Object.fromEntries(
    Object.entries(results).map(([output, { data }]) => {
      const name = recordedName(call, output);
      const against = (prefix: string) =>
        relativeError(data as Float32Array, tensors.get(`${call.key}/${prefix}${name}`).data as Float32Array);
      return [output, { exact: against(''), torch: against('torch/') }];
    }),
  );
}

/** The result of `action` and how many seconds it took. */
export async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await action();
  return [result, (performance.now() - start) / 1000];
}

/** Reads files as a whole, so that they are in the page cache, where a hole is at first not. @returns seconds */
export function readThrough(paths: readonly string[]): number {
  const buffer = new Uint8Array(2 ** 24);
  const started = performance.now();
  for (const path of new Set(paths)) {
    const file = openSync(path, 'r');
    while (readSync(file, buffer) > 0);
    closeSync(file);
  }
  return (performance.now() - started) / 1000;
}
