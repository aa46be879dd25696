import { expect, it } from 'vitest';
import { runOnce } from '../../tests/support/networks.ts';
import { int } from '../onnx/attributes.ts';
import { onnxType } from '../onnx/element-type.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { cast } from '../onnx/operators.ts';
import { float8ToFloat32 } from './float8.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './float16.ts';
import { Mt19937 } from './mt19937.ts';
import { type Tensor, tensor } from './tensor.ts';
import { largestMagnitude, toFloat8, toFloat8ByChance, type WideFloat } from './to-float8.ts';

/** What numbers are after onnxruntime has cast them to eight bits and back. */
async function throughRuntime(values: Float32Array): Promise<Float32Array> {
  const g = GraphBuilder.create('cast', { opset: 21 });
  const x = g.input({ name: 'x', type: 'float32', dims: ['count'] });
  const eight = g.node('Cast', [x], { attributes: { to: int(onnxType('float8e4m3')), saturate: int(1) } });
  g.output({ name: 'y', type: 'float32', dims: ['count'] }, cast(g, eight, 'float32'));
  const { y } = await runOnce(g.build(), { x: tensor('float32', [values.length], values) });
  return (y as Tensor).data as Float32Array;
}

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const SIXTEEN = { float16: float16ToFloat32(all), bfloat16: bfloat16ToFloat32(all) };
const bytesOf = (view: Uint16Array | Float32Array) => new Uint8Array(view.buffer as ArrayBuffer);
const back = (bytes: Uint8Array) => float8ToFloat32(bytes, 'float8e4m3');

it.each([
  ['float16', 1],
  ['float16', 0.037],
  ['bfloat16', 1],
  ['bfloat16', 5],
] as const)('gives for every %s number, divided by %d, what the runtime casts it to', async (type, scale) => {
  const divided = SIXTEEN[type].map((value) => value / scale);
  expect(back(toFloat8(type, scale)(bytesOf(all)))).toEqual(await throughRuntime(divided));
});

it('gives for float32 numbers what the runtime casts them to, those halfway between two and right beside among them', async () => {
  const values = new Float32Array(20_000).map((_, index) => {
    const mantissa = 1 + (index % 32) / 32 + (((index >> 5) % 3) - 1) * 2 ** -20;
    return (index % 2 === 0 ? 1 : -1) * mantissa * 2 ** (((index >> 7) % 22) - 12);
  });
  expect(back(toFloat8('float32', 1)(bytesOf(values)))).toEqual(await throughRuntime(values));
});

it.each<WideFloat>(['float32', 'float16', 'bfloat16'])('finds the largest magnitude of %s numbers', (type) => {
  const bytes = {
    float32: bytesOf(Float32Array.of(9, 0.5, -3, 2)).subarray(4),
    float16: bytesOf(Uint16Array.of(0x5000, 0x3800, 0xc200, 0x4000)).subarray(2),
    bfloat16: bytesOf(Uint16Array.of(0x5000, 0x3f00, 0xc040, 0x4000)).subarray(2),
  };
  expect(largestMagnitude(type, bytes[type])).toBe(3);
});

it.each(['float8e4m3', 'float8e5m2'] as const)('finds the largest magnitude of %s numbers', (type) => {
  const bytes = Uint8Array.of(0x12, 0xc3, 0x41, 0x00);
  expect(largestMagnitude(type, bytes)).toBe(-(float8ToFloat32(bytes, type)[1] as number));
});

it('finds what is no number', () => {
  expect(largestMagnitude('float32', bytesOf(Float32Array.of(1, Number.NaN)))).toBeNaN();
  expect(largestMagnitude('float16', bytesOf(Uint16Array.of(0x3c00, 0xfe00)))).toBeNaN();
});

it('loses nothing on average by chance, among normal numbers and below them', () => {
  const random = new Mt19937(7);
  for (const value of [1.0123, -3.3, 300, 2 ** -9 * 3.2, -(2 ** -12), 447]) {
    const rounded = back(toFloat8ByChance(new Float32Array(40_000).fill(value), 1, () => random.nextUint32()));
    const neighbours = [...new Set(rounded)].sort((a, b) => a - b);
    expect(neighbours).toHaveLength(2);
    expect(neighbours[0]).toBeLessThan(value);
    expect(neighbours[1]).toBeGreaterThan(value);
    const step = (neighbours[1] as number) - (neighbours[0] as number);
    const mean = rounded.reduce((sum, each) => sum + each) / rounded.length;
    expect(Math.abs(mean - value)).toBeLessThan(0.015 * step);
  }
});

it('keeps by chance what eight bits have, and the largest for what is larger', () => {
  const exact = float8ToFloat32(
    Uint8Array.from({ length: 127 }, (_, bits) => bits),
    'float8e4m3',
  );
  expect(back(toFloat8ByChance(exact, 1, () => 0xffff_ffff))).toEqual(exact);
  expect(back(toFloat8ByChance(Float32Array.of(500, -1e9), 1, () => 0))).toEqual(Float32Array.of(448, -448));
});
