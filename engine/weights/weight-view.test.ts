import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type StoredTensor as FileTensor, writeRaw, writeSafetensors } from '../../tests/support/safetensors.ts';
import { type StoredTensor, storedTensors } from './stored-tensor.ts';
import { WeightView } from './weight-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stored = (...shape: number[]): FileTensor => ({
  shape,
  values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});
const first = writeSafetensors(
  join(folder, 'first.safetensors'),
  { 'down.0.weight': stored(4, 3), 'down.0.bias': stored(4), 'down.10.weight': stored(2) },
  'BF16',
);
const second = writeSafetensors(join(folder, 'second.safetensors'), { 'up.weight': stored(5, 3, 1, 1) }, 'F16');

test('finds tensors by scope over several files', () => {
  const view = WeightView.open([first, second]);
  const weight = view.scope('down').scope('0').expect('weight', [4, 3]);
  expect(weight).toMatchObject({ name: 'down.0.weight', type: 'bfloat16', shape: [4, 3], path: first, length: 24 });
  expect(view.scope('up').expect('weight', [5, 3, 1, 1])).toMatchObject({ type: 'float16', path: second });
  expect(view.scope('down.0').has('bias')).toBe(true);
  expect(view.scope('down.1').has('bias')).toBe(false);
  expect(view.shapeOf('down.0.bias')).toEqual([4]);
  expect(view.shapeOf('toString')).toBeUndefined();
});

test('a 1×1 convolution is a linear layer, and the other way round', () => {
  const view = WeightView.open([first, second]);
  expect(view.expect('up.weight', [5, 3]).shape).toEqual([5, 3]);
  expect(view.expect('down.0.weight', [4, 3, 1, 1]).shape).toEqual([4, 3, 1, 1]);
  expect(() => view.expect('up.weight', [1, 5, 3])).toThrow(/\[5, 3, 1, 1\]/);
});

test('reports what nobody asked for, whichever scope was used', () => {
  const view = WeightView.open(first);
  view.scope('down.0').expect('bias', [4]);
  expect(view.unused()).toEqual(['down.0.weight', 'down.10.weight']);
  expect(view.scope('down.0').unused()).toEqual(['down.0.weight']);
});

test('names a missing tensor and one of another shape', () => {
  const view = WeightView.open(first).scope('down');
  expect(() => view.expect('0.scale', [4])).toThrow(/"down\.0\.scale" \[4\] is missing from .*first\.safetensors/);
  expect(() => view.expect('0.bias', [8])).toThrow(/"down\.0\.bias" of .* has the shape \[4\], but .* asks for \[8\]/);
});

test('asks a transposed tensor for the other shape', () => {
  const [tensor] = storedTensors(first) as [StoredTensor];
  const view = WeightView.of([{ ...tensor, name: 'projection', arrangement: 'transposed' }]);
  expect(view.expect('projection', [3, 4])).toMatchObject({ shape: [4, 3], arrangement: 'transposed', length: 24 });
  expect(() => view.expect('projection', [4, 3])).toThrow(
    /"down\.0\.weight" of .* has the shape \[4, 3\], but .* asks for \[3, 4\]/,
  );
});

test('refuses a name that two files hold', () => {
  const other = writeSafetensors(join(folder, 'other.safetensors'), { 'up.weight': stored(1) }, 'F32');
  expect(() => WeightView.open([second, other])).toThrow(/"up\.weight" is in both .*second\.safetensors and .*other/);
});

test.each(['I64', 'I8', 'F64'])('refuses %s as a weight, but not in a file', (dtype) => {
  const bytes = { I64: 8, I8: 1, F64: 8 }[dtype] as number;
  const header = JSON.stringify({ ids: { dtype, shape: [1], data_offsets: [0, bytes] } });
  const view = WeightView.open(writeRaw(join(folder, `${dtype}.safetensors`), header, new Uint8Array(bytes)));
  expect(() => view.expect('ids', [1])).toThrow(
    `is stored as ${dtype}; Headroom reads weights in F32, F16, BF16, F8_E4M3 and F8_E5M2`,
  );
});
