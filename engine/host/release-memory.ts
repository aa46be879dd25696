import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openHostTrim } from '../ort/arena/host-memory.ts';

/** Gives back to the system what was freed: garbage is collected, and the allocator's free pages returned. */
export async function releaseFreedMemory(): Promise<void> {
  collectGarbage();
  const trim = await openHostTrim();
  trim();
}

/** Buffers are freed with their JavaScript objects, and nothing tells V8 that their memory is wanted back now. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
