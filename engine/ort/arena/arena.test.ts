import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HeadroomError } from '../../contract/errors.ts';
import { GraphBuilder } from '../../onnx/graph-builder.ts';
import { tensor } from '../../tensor/tensor.ts';
import { RuntimeError } from '../errors.ts';
import { Session } from '../session.ts';
import { type Arena, openArena } from './arena.ts';
import { loadedRuntimePath } from './runtime-library.ts';

const MIB = 2 ** 20;
const WIDTH = 1024;
const WEIGHT_BYTES = WIDTH * WIDTH * 4;

let folder: string;
const arenas: Arena[] = [];
const sessions: Session[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-arena-'));
  writeFileSync(join(folder, 'weights.bin'), Buffer.alloc(WEIGHT_BYTES));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.release();
  for (const arena of arenas.splice(0)) arena.close();
});

async function open(limitBytes: number | null): Promise<Arena> {
  const opened = await openArena('cpu', limitBytes);
  if (!opened.available) throw new Error(opened.reason);
  arenas.push(opened.arena);
  return opened.arena;
}

/** A session whose run takes the given number of bytes for its only activation. */
async function activationSession(arena: Arena): Promise<(bytes: number) => Promise<unknown>> {
  const g = GraphBuilder.create('activation', { opset: 21 });
  const count = g.input({ name: 'count', type: 'int64', dims: [1] });
  g.output({ name: 'largest', type: 'float32', dims: [1] }, g.node('ReduceMax', [g.node('ConstantOfShape', [count])]));
  const session = await create(g, arena);
  return (bytes) => session.run({ count: tensor('int64', [1], BigInt64Array.of(BigInt(bytes / 4))) });
}

/** A session that holds a prepacked matrix of WEIGHT_BYTES. */
async function matrixSession(arena: Arena): Promise<Session> {
  const g = GraphBuilder.create('matrix', { opset: 21 });
  const path = join(folder, 'weights.bin');
  const x = g.input({ name: 'x', type: 'float32', dims: ['rows', WIDTH] });
  const shape = [WIDTH, WIDTH];
  const weight = g.weight({ name: 'w', type: 'float32', shape, path, offset: 0, length: WEIGHT_BYTES });
  g.output({ name: 'y', type: 'float32', dims: ['rows', WIDTH] }, g.node('MatMul', [x, weight]));
  return create(g, arena);
}

async function create(g: GraphBuilder, arena: Arena): Promise<Session> {
  const session = await Session.create(g.build(), {
    name: 'test',
    provider: 'cpu',
    threads: 1,
    ...arena.sessionOptions,
  });
  sessions.push(session);
  return session;
}

describe('the shared arena', () => {
  test('holds what every session uses and takes it back', async () => {
    const arena = await open(null);
    expect(arena.stats()).toMatchObject({ limitBytes: null, inUseBytes: 0, reservedBytes: 0, peakBytes: 0 });

    const first = await matrixSession(arena);
    const one = arena.stats().inUseBytes;
    expect(one).toBeGreaterThanOrEqual(WEIGHT_BYTES);
    const second = await matrixSession(arena);
    expect(arena.stats().inUseBytes).toBe(2 * one);

    await first.release();
    expect(arena.stats().inUseBytes).toBe(one);
    await second.release();
    expect(arena.stats()).toMatchObject({ inUseBytes: 0, reservedBytes: 0, peakBytes: 2 * one });
  });

  test('keeps the memory of a run for the next run of any session', async () => {
    const arena = await open(null);
    const first = await activationSession(arena);
    const second = await activationSession(arena);
    await first(16 * MIB);
    const after = arena.stats();
    expect(after.inUseBytes).toBe(0);
    expect(after.peakBytes).toBeGreaterThanOrEqual(16 * MIB);
    expect(after.reservedBytes).toBeGreaterThanOrEqual(16 * MIB);

    await second(16 * MIB);
    expect(arena.stats()).toEqual(after);
  });

  test('needs exactly the same again for the same run', async () => {
    const arena = await open(null);
    const run = await activationSession(arena);
    await run(3 * MIB);
    const first = arena.stats();
    for (let repeat = 0; repeat < 3; repeat++) {
      arena.shrink();
      await run(3 * MIB);
      expect(arena.stats()).toEqual(first);
    }
  });

  test('gives free regions back when it shrinks', async () => {
    const arena = await open(null);
    const run = await activationSession(arena);
    await run(16 * MIB);
    const { reservedBytes } = arena.stats();
    expect(arena.shrink()).toBe(reservedBytes);
    expect(arena.stats()).toMatchObject({ reservedBytes: 0, regions: 0 });
    expect(arena.shrink()).toBe(0);
  });

  test('leaves nothing of them with the process either', async () => {
    const arena = await open(null);
    const run = await activationSession(arena);
    // The C library learns from what is freed, and keeps more the next time.
    for (let repeat = 0; repeat < 3; repeat++) {
      await run(24 * MIB);
      const before = process.memoryUsage().rss;
      arena.shrink();
      expect(before - process.memoryUsage().rss).toBeGreaterThan(20 * MIB);
    }
  });
});

describe('regions', () => {
  const growing = [4 * MIB, 6 * MIB, 8 * MIB];

  test('add up over runs that grow', async () => {
    const arena = await open(null);
    const run = await activationSession(arena);
    for (const bytes of growing) await run(bytes);
    expect(arena.stats().reservedBytes).toBeGreaterThanOrEqual(18 * MIB);
  });

  test('are one if it was taken before', async () => {
    const arena = await open(10 * MIB);
    const run = await activationSession(arena);
    arena.prepare(9 * MIB);
    for (const bytes of growing) await run(bytes);
    expect(arena.stats()).toMatchObject({ inUseBytes: 0, reservedBytes: 9 * MIB, regions: 1 });
    expect(() => arena.prepare(11 * MIB)).toThrow('Available memory of');
  });
});

test('the strategy decides whether a region has the size that is asked for, or is the next in a row that doubles', async () => {
  const reserved = (arena: Arena) => {
    const release = arena.hold(3 * MIB);
    const { reservedBytes } = arena.stats();
    release();
    arena.shrink();
    return reservedBytes;
  };
  const arena = await open(null);
  expect(reserved(arena)).toBe(3 * MIB);
  arena.setLimit(null, 'kNextPowerOfTwo');
  expect(reserved(arena)).toBe(4 * MIB);
});

describe('the limit', () => {
  test("fails the run that exceeds it with onnxruntime's error, and nothing else", async () => {
    const arena = await open(32 * MIB);
    const run = await activationSession(arena);
    const error: unknown = await run(48 * MIB).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({ code: 'memory', failure: 'arena-limit' });
    expect((error as Error).message).toMatch(/Available memory of \d+ is smaller than requested bytes of 50331648/);
    expect(arena.stats().inUseBytes).toBe(0);

    await run(24 * MIB);
    expect(arena.stats().peakBytes).toBeGreaterThanOrEqual(24 * MIB);
  });

  test('counts what the arena keeps until it shrinks', async () => {
    const arena = await open(32 * MIB);
    const run = await activationSession(arena);
    await run(20 * MIB);
    await expect(run(28 * MIB)).rejects.toThrow('Available memory of');
    arena.shrink();
    await run(28 * MIB);
  });

  test('counts weights in the arena, and no longer when they are gone', async () => {
    const arena = await open(WEIGHT_BYTES + 8 * MIB);
    const run = await activationSession(arena);
    const matrix = await matrixSession(arena);
    await expect(run(10 * MIB)).rejects.toThrow('Available memory of');
    await run(7 * MIB);
    await matrix.release();
    arena.shrink();
    await run(10 * MIB);
  });

  test('counts what is held on behalf of memory elsewhere', async () => {
    const arena = await open(32 * MIB);
    const run = await activationSession(arena);
    const end = arena.hold(20 * MIB);
    expect(arena.stats().inUseBytes).toBe(20 * MIB);
    await expect(run(16 * MIB)).rejects.toThrow('Available memory of');
    expect(() => arena.hold(16 * MIB)).toThrow('Available memory of');
    end();
    end();
    expect(arena.stats().inUseBytes).toBe(0);
    await run(16 * MIB);
  });

  test('can be changed while nothing is in use', async () => {
    const arena = await open(8 * MIB);
    const run = await activationSession(arena);
    await expect(run(16 * MIB)).rejects.toThrow('Available memory of');
    await sessions.pop()?.release();

    arena.setLimit(64 * MIB);
    expect(arena.stats()).toMatchObject({ limitBytes: 64 * MIB, reservedBytes: 0, peakBytes: 0 });
    await (await activationSession(arena))(16 * MIB);
    await sessions.pop()?.release();

    arena.setLimit(null);
    expect(arena.stats()).toMatchObject({ limitBytes: null, reservedBytes: 0, peakBytes: 0 });
  });

  test('cannot be changed under a loaded network', async () => {
    const arena = await open(64 * MIB);
    await matrixSession(arena);
    expect(() => arena.setLimit(32 * MIB)).toThrow('only while no network is loaded');
    expect(arena.stats().limitBytes).toBe(64 * MIB);
  });

  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of %s bytes is refused', async (bytes) => {
    await expect(openArena('cpu', bytes)).rejects.toMatchObject({ code: 'input' });
    const arena = await open(MIB);
    expect(() => arena.setLimit(bytes)).toThrow(HeadroomError);
    expect(arena.stats().limitBytes).toBe(MIB);
  });
});

describe('opening and closing', () => {
  test('one arena at a time', async () => {
    const arena = await open(null);
    await expect(openArena('cpu', null)).rejects.toThrow('open already');
    arena.close();
    arena.close();
    expect(() => arena.stats()).toThrow('closed');
    await open(null);
  });

  test('sessions outlive the arena that they share', async () => {
    const arena = await open(null);
    const run = await activationSession(arena);
    arena.hold(MIB);
    arena.close();
    await run(MIB);
  });

  test('a provider whose libraries are missing is not available, and the process goes on', async () => {
    const opened = await openArena('cuda', null);
    if (opened.available) arenas.push(opened.arena);
    // An installation has no CUDA libraries beside the runtime: they are fetched apart.
    const cuda = readdirSync(dirname(loadedRuntimePath())).some((name) => name.includes('providers_cuda'));
    expect(opened).toMatchObject(cuda ? { available: true } : { reason: expect.stringMatching(/cuda/i) });
    await open(null);
  });
});

test('statistics and shrinking leak nothing', async () => {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const arena = await open(null);
  const repeat = () => {
    for (let call = 0; call < 10_000; call++) arena.stats();
    for (let call = 0; call < 500; call++) {
      arena.shrink();
      arena.hold(MIB)();
    }
    collect();
    return process.memoryUsage.rss();
  };
  repeat();
  const before = repeat();
  for (let round = 0; round < 3; round++) repeat();
  // Four times 10,000 OrtKeyValuePairs of ten entries would be more than 40 MiB. The process itself grows and shrinks by
  // some MiB: V8 keeps pages as it sees fit.
  expect(repeat() - before).toBeLessThan(20 * MIB);
});
