import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
