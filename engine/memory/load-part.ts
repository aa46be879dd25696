import type { OnnxModel } from '../onnx/graph-builder.ts';
import { type Provider, Session } from '../ort/session.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { LoadedPart } from './resident-network.ts';
import type { RuntimeCalls } from './runtime-calls.ts';

/** Where a part of a network is loaded, and when. */
interface LoadConditions {
  readonly provider: Provider;
  readonly memory: DeviceMemory;
  readonly calls: RuntimeCalls;
  /** When it is its turn; what it throws ends the loading. */
  pause?: (() => Promise<void>) | undefined;
}

/**
 * Loads a network, or a part of one, for which room was made.
 *
 * @param part in words
 * @throws RuntimeError
 */
export async function loadPart(
  graph: OnnxModel,
  part: string,
  { provider, memory, calls, pause }: LoadConditions,
): Promise<LoadedPart> {
  const options = {
    name: part,
    provider,
    // With it a run takes up to twice the memory from its second time on and is no faster (docs/memory.md).
    memoryPattern: false,
    ...memory.sessionOptions,
  };
  const { created: session, uncount } = await memory.countingWeights(graph.weightBytes, async () => {
    await pause?.();
    return calls.announce(`load ${part}`, `load ${part}`, () => Session.create(graph, options));
  });
  const release = async () => {
    await session.release();
    uncount();
  };
  return { session, release: () => memory.alone(release) };
}
