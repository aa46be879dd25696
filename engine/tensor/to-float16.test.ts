import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runOnce } from '../../tests/support/networks.ts';
import { writeRaw } from '../../tests/support/safetensors.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { cast, multiply, reshapeLike } from '../onnx/operators.ts';
import { WeightView } from '../weights/weight-view.ts';
import { type Tensor, tensor } from './tensor.ts';
import { toFloat16 } from './to-float16.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-float16-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What onnxruntime makes of the bytes of a weight: a cast, for some times a scale in float32. */
async function castByRuntime(dtype: string, bytes: Uint8Array, count: number, scale?: number): Promise<Uint16Array> {
  const header = JSON.stringify({ weight: { dtype, shape: [count], data_offsets: [0, bytes.length] } });
  const weights = WeightView.open(writeRaw(join(folder, `${dtype}.safetensors`), header, bytes));
  const g = GraphBuilder.create('cast', { opset: 21 });
  const like = g.input({ name: 'like', type: 'float32', dims: ['count'] });
  let value: Value = g.weight(weights.expect('weight', [count]));
  if (scale !== undefined) value = multiply(g, cast(g, value, 'float32'), g.constant('float32', [scale], []));
  g.output({ name: 'half', type: 'float16', dims: ['count'] }, reshapeLike(g, cast(g, value, 'float16'), like));
  const results = await runOnce(g.build(), { like: tensor('float32', [count], new Float32Array(count)) });
  const { buffer, byteOffset } = (results.half as Tensor).data;
  return new Uint16Array(buffer, byteOffset, count);
}

/** All not-a-numbers are the same. */
const comparable = (bits: Uint16Array) => bits.map((half) => ((half & 0x7fff) > 0x7c00 ? 0x7e00 : half));

const everyByte = Uint8Array.from({ length: 256 }, (_, bits) => bits);
const bytesOf = (view: Uint16Array | Float32Array) => new Uint8Array(view.buffer as ArrayBuffer);

it('gives for every bfloat16 what the runtime casts it to', async () => {
  const bytes = bytesOf(Uint16Array.from({ length: 65536 }, (_, bits) => bits));
  const expected = await castByRuntime('BF16', bytes, 65536);
  expect(comparable(toFloat16('bfloat16')(bytes))).toEqual(comparable(expected));
});

it.each([
  ['float8e4m3', 'F8_E4M3'],
  ['float8e5m2', 'F8_E5M2'],
] as const)('gives for every %s what the runtime casts it to, with and without a scale', async (type, dtype) => {
  expect(comparable(toFloat16(type)(everyByte))).toEqual(comparable(await castByRuntime(dtype, everyByte, 256)));
  for (const scale of [0.0123456789, 3e-8, 7]) {
    const expected = await castByRuntime(dtype, everyByte, 256, Math.fround(scale));
    expect(comparable(toFloat16(type, Math.fround(scale))(everyByte))).toEqual(comparable(expected));
  }
});

it('gives for float32 numbers of all sizes what the runtime casts them to', async () => {
  const values = new Float32Array(65536).map((_, index) => {
    const sign = index % 2 === 0 ? 1 : -1;
    // The numbers of half precision, those halfway between them, and those right beside.
    const half = (index >> 1) % 2048;
    const [mantissa, exponent] = [1024 + half, ((index >> 12) % 16) * 3 - 42];
    return sign * (mantissa + ((index >> 3) % 8) / 8 + (index % 3) * 2 ** -12) * 2 ** exponent;
  });
  values.set([
    0,
    -0,
    2 ** -24,
    2 ** -25,
    2 ** -25 * (1 + 2 ** -23),
    65504,
    65519.99,
    65520,
    1e9,
    -Infinity,
    Number.NaN,
  ]);
  const expected = await castByRuntime('F32', bytesOf(values), values.length);
  expect(comparable(toFloat16('float32')(bytesOf(values)))).toEqual(comparable(expected));
});

it('reads bytes that start inside of their buffer', () => {
  const bytes = bytesOf(Float32Array.of(9, 1, -2)).subarray(4);
  expect([...toFloat16('float32')(bytes)]).toEqual([0x3c00, 0xc000]);
});
