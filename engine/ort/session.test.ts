import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { writeSafetensors } from '../../tests/support/safetensors.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/graph-builder.ts';
import { add, cast } from '../onnx/operators.ts';
import { tensor } from '../tensor/tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import { type Provider, Session, supportedProviders } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

const floats = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

/** x + weight */
function sum(path: string): OnnxModel {
  const g = GraphBuilder.create('sum', { opset: 21 });
  const x = g.input({ name: 'x', type: 'float32', dims: ['n'] });
  const weight = cast(g, g.weight(WeightView.open(path).expect('weight', [2])), 'float32');
  g.output({ name: 'y', type: 'float32', dims: ['n'] }, add(g, x, weight));
  return g.build();
}

function weightFile(name: string): string {
  return writeSafetensors(join(folder, name), { weight: { shape: [2], values: Float32Array.of(0.5, -3) } }, 'BF16');
}

const options = { name: 'sum', provider: 'cpu' } as const;

test('runs a graph whose weights lie in a file, from a path with spaces and umlauts', async () => {
  const model = sum(weightFile('my wäights.safetensors'));
  const session = await Session.create(model, { ...options, threads: 1, memoryPattern: false });
  expect([session.inputs, session.outputs]).toEqual([['x'], ['y']]);
  expect((await session.run({ x: floats(1, 2) })).y).toEqual(floats(1.5, -1));
  await session.release();
});

test('refuses inputs that are not the graph’s, by name', async () => {
  const model = sum(weightFile('names.safetensors'));
  const session = await Session.create(model, options);
  await expect(session.run({ sample: floats(1, 2) })).rejects.toThrow('The network sum takes x, but was given sample.');
  await session.release();
});

test('a released session says so, and can be released again', async () => {
  const model = sum(weightFile('released.safetensors'));
  const session = await Session.create(model, options);
  await session.release();
  await session.release();
  await expect(session.run({ x: floats(1, 2) })).rejects.toThrow('The session of sum was released.');
});

test('leaves inputs as they are, also where they are a part of a buffer', async () => {
  const session = await Session.create(sum(weightFile('inputs.safetensors')), options);
  const all = Float32Array.of(9, 1, 2, 9);
  const x = tensor('float32', [2], all.subarray(1, 3));
  expect((await session.run({ x })).y).toEqual(floats(1.5, -1));
  expect((await session.run({ x })).y).toEqual(floats(1.5, -1));
  expect(all).toEqual(Float32Array.of(9, 1, 2, 9));
  await session.release();
});

/** x to the power of 61, for a matrix. */
function power(): OnnxModel {
  const g = GraphBuilder.create('power', { opset: 21 });
  const x = g.input({ name: 'x', type: 'float32', dims: ['n', 'n'] });
  let y = x;
  for (let factor = 0; factor < 60; factor++) y = g.node('MatMul', [y, x]);
  g.output({ name: 'y', type: 'float32', dims: ['n', 'n'] }, y);
  return g.build();
}

test('sessions that are created together run at the same time, and the process goes on meanwhile', async () => {
  const models = [power(), sum(weightFile('threads.safetensors'))];
  const [long, short] = await Promise.all(models.map((model) => Session.create(model, options)));
  const ended: string[] = [];
  const side = 1024;
  const x = tensor('float32', [side, side], new Float32Array(side * side).fill(1 / side));
  const runs = [
    long!.run({ x }).then(() => ended.push('long')),
    short!.run({ x: floats(1, 2) }).then(() => ended.push('short')),
  ];
  await setImmediate();
  ended.push('a turn of the event loop');
  await Promise.all(runs);
  expect(ended.toSorted()).toEqual(['a turn of the event loop', 'long', 'short']);
  expect(ended.at(-1)).toBe('long');
  for (const session of [long, short]) await session!.release();
});

test('a session that is released is run before, if it was asked to', async () => {
  const session = await Session.create(sum(weightFile('order.safetensors')), options);
  const run = session.run({ x: floats(1, 2) });
  await session.release();
  expect((await run).y).toEqual(floats(1.5, -1));
});

test('a failing node is named with the session', async () => {
  const model = sum(weightFile('shape.safetensors'));
  const session = await Session.create(model, options);
  await expect(session.run({ x: floats(1, 2, 3) })).rejects.toMatchObject({
    failure: 'other',
    message: expect.stringMatching(/^Running sum failed: .*running Add node\. Name:'Add'/),
  });
  await session.release();
});

test('a weight file that is gone or was cut is a file error', async () => {
  const gone = weightFile('gone.safetensors');
  const model = sum(gone);
  rmSync(gone);
  await expect(Session.create(model, options)).rejects.toMatchObject({ code: 'file', failure: 'weights' });
  const cut = weightFile('cut.safetensors');
  const other = sum(cut);
  truncateSync(cut, 20);
  await expect(Session.create(other, options)).rejects.toMatchObject({ code: 'file', failure: 'weights' });
});

test('bytes that are no graph are refused', async () => {
  const create = Session.create(
    { ...sum(weightFile('broken.safetensors')), bytes: new Uint8Array([1, 2, 3]) },
    { ...options, name: 'broken' },
  );
  await expect(create).rejects.toThrow(/^Creating the session of broken failed: /);
});

test('lists the CPU, and a provider that is not built in is missing', async () => {
  const providers = supportedProviders();
  expect(providers).toContain('cpu');
  const absent = (['dml', 'coreml'] as const satisfies Provider[]).filter((name) => !providers.includes(name));
  for (const provider of absent) {
    const create = Session.create(sum(weightFile('absent.safetensors')), { name: 'sum', provider });
    await expect(create).rejects.toMatchObject({ code: 'device', failure: 'missing-provider' });
  }
});
