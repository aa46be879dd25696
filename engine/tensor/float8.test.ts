import { expect, test } from 'vitest';
import { float8ToFloat32 } from './float8.ts';

// The extremes of https://arxiv.org/abs/2209.05433, table 1.
test.each([
  ['float8e4m3', 0x7e, 448],
  ['float8e4m3', 0x08, 2 ** -6],
  ['float8e4m3', 0x07, 0.875 * 2 ** -6],
  ['float8e4m3', 0x01, 2 ** -9],
  ['float8e4m3', 0xb8, -1],
  ['float8e5m2', 0x7b, 57344],
  ['float8e5m2', 0x04, 2 ** -14],
  ['float8e5m2', 0x03, 0.75 * 2 ** -14],
  ['float8e5m2', 0x01, 2 ** -16],
  ['float8e5m2', 0xfc, Number.NEGATIVE_INFINITY],
] as const)('%s %i is %d', (type, byte, value) => {
  expect(float8ToFloat32(Uint8Array.of(byte, byte), type)).toEqual(Float32Array.of(value, value));
});

test.each([
  ['float8e4m3', 0x7f],
  ['float8e5m2', 0x7d],
] as const)('%s %i is not a number', (type, byte) => {
  expect(float8ToFloat32(Uint8Array.of(byte), type)[0]).toBeNaN();
});
