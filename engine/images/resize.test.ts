import { describe, expect, it, test } from 'vitest';
import { readReferenceJson } from '../../tests/support/fixtures.ts';
import { cropTo, resizeMask, resizePixels } from './resize.ts';

interface Recorded {
  readonly width: number;
  readonly height: number;
  readonly cases: readonly { width: number; height: number; rgb: number[]; grey: number[] }[];
}

const { width, height, cases } = readReferenceJson<Recorded>('resize/resize.json');
const rgb = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 37 + index * index) % 256);
const grey = rgb.filter((_, index) => index % 3 === 1);

test.each(cases)('$width × $height is what Pillow makes of it, to the byte', (recorded) => {
  const { rgb: expected, grey: expectedGrey, ...size } = recorded;
  expect([...resizePixels({ width, height, rgb }, size).rgb]).toEqual(expected);
  expect([...resizeMask({ width, height, values: grey }, size).values]).toEqual(expectedGrey);
});

describe('cropTo', () => {
  it('keeps the middle, as large as the proportions allow', () => {
    const cropped = cropTo({ width, height, values: grey }, { width: 30, height: 30 });
    expect(cropped).toMatchObject({ width: 9, height: 9 });
    expect(cropped.values[0]).toBe(grey[2]);
    expect(cropped.values.at(-1)).toBe(grey.at(-3));
  });

  it('leaves at least one pixel of anything', () => {
    const thin = { width: 200, height: 1, rgb: new Uint8Array(600).fill(9) };
    expect(cropTo(thin, { width: 64, height: 640 })).toEqual({ width: 1, height: 1, rgb: Uint8Array.of(9, 9, 9) });
  });
});
