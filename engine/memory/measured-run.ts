import type { Corrections } from './corrections.ts';
import type { DeviceMemory } from './device-memory.ts';

/** What a run is expected to need beside weights. */
interface Expected {
  /** What it is measured as; empty where it says nothing of runs to come. */
  readonly learnedAs: string;
  /** By the graph; undefined where nobody asks. */
  readonly estimatedBytes: number | undefined;
  /** The same, corrected by what was measured before. */
  readonly activationBytes: number;
}

/** Makes a run in memory that is prepared for it, and learns what it took, or would have taken. */
export async function measuredRun<Result>(
  memory: DeviceMemory,
  corrections: Corrections,
  { learnedAs, estimatedBytes, activationBytes }: Expected,
  run: () => Promise<Result>,
): Promise<Result> {
  const learn = (bytes: number | null) => {
    if (bytes !== null && learnedAs !== '' && estimatedBytes !== undefined)
      corrections.learn(learnedAs, estimatedBytes, bytes);
  };
  try {
    const { result, bytes } = await memory.measure(estimatedBytes === undefined ? undefined : activationBytes, run);
    learn(bytes);
    return result;
  } catch (thrown) {
    learn(memory.neededBytes(thrown));
    throw thrown;
  }
}
