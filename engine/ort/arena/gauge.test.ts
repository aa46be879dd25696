import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodeGauge } from '../../contract/gauge.ts';
import { type Arena, openArena } from './arena.ts';
import { startGauge } from './gauge.ts';

const MIB = 2 ** 20;
const program = fileURLToPath(new URL('./testing/gauge-thread.mjs', import.meta.url));

let folder: string;
let arena: Arena;
let stop = async () => {};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-gauge-'));
  const opened = await openArena('cpu', null);
  if (!opened.available) throw new Error(opened.reason);
  arena = opened.arena;
});
afterEach(async () => {
  await stop();
  arena.close();
  rmSync(folder, { recursive: true });
});

/** Dead to everything, as inside onnxruntime. */
const block = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

test('tells what the arena holds while the thread that holds it is dead to everything', async () => {
  const file = join(folder, 'gauge');
  const read = () => decodeGauge(readFileSync(file));
  stop = startGauge(arena, { program, file }, (why) => expect.unreachable(why));
  await vi.waitFor(() => expect(read()).toMatchObject({ inUseBytes: 0 }), { timeout: 60_000, interval: 20 });
  const release = arena.hold(64 * MIB);
  // The thread's turn comes when it comes on a busy machine; this one never has its own.
  for (let waited = 0; waited < 60_000 && read()?.inUseBytes === 0; waited += 100) block(100);
  expect(read()).toMatchObject({ inUseBytes: 64 * MIB, reservedBytes: 64 * MIB, peakBytes: 64 * MIB });
  release();
  await vi.waitFor(() => expect(read()?.inUseBytes).toBe(0), { timeout: 60_000, interval: 20 });
  expect(read()).toMatchObject({ reservedBytes: 64 * MIB, peakBytes: 64 * MIB });
});

test('a thread that cannot start says why and takes nothing down', async () => {
  const failed = vi.fn();
  stop = startGauge(arena, { program: join(folder, 'nothing.mjs'), file: join(folder, 'gauge') }, failed);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledWith(expect.stringContaining('nothing.mjs')), 60_000);
});
