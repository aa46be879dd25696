import { expect, it } from 'vitest';
import { decodeGauge, encodeGauge, GAUGE_BYTES } from './gauge.ts';

it('reads what was written, wherever in memory it lies', () => {
  const gauge = { time: 1_700_000_000_000, inUseBytes: 3 * 2 ** 30, reservedBytes: 5 * 2 ** 30, peakBytes: 2 ** 33 };
  const shifted = new Uint8Array(GAUGE_BYTES + 1);
  shifted.set(encodeGauge(gauge), 1);
  expect(decodeGauge(shifted.subarray(1))).toEqual(gauge);
});

it('is null for a file that is empty, cut off, or something else', () => {
  expect(decodeGauge(new Uint8Array())).toBeNull();
  expect(decodeGauge(new Uint8Array(GAUGE_BYTES - 1))).toBeNull();
  expect(decodeGauge(new Uint8Array(GAUGE_BYTES))).toBeNull();
  expect(decodeGauge(new Uint8Array(GAUGE_BYTES).fill(255))).toBeNull();
});
