import { expect, test } from 'vitest';
import { readPngText } from './png-metadata.ts';

const encode = (text: string) => [...new TextEncoder().encode(text)];
const HEAD = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, data: number[]): number[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, data.length);
  return [...length, ...encode(type), ...data, 0, 0, 0, 0];
}

test('reads Latin-1 and UTF-8 text chunks by keyword and steps over the others', () => {
  const png = new Uint8Array([
    ...HEAD,
    ...chunk('IHDR', Array(13).fill(7)),
    ...chunk('tEXt', [...encode('parameters'), 0, 0xe4]),
    ...chunk('iTXt', [...encode('headroom-workflow'), 0, 0, 0, 0, 0, ...encode('{"name":"赤"}')]),
    ...chunk('IEND', []),
  ]);
  expect(readPngText(png)).toEqual(
    new Map([
      ['parameters', 'ä'],
      ['headroom-workflow', '{"name":"赤"}'],
    ]),
  );
});

test('other files are not pictures, and damage ends the reading instead of failing it', () => {
  expect(readPngText(new Uint8Array(encode('GIF89a, not a PNG')))).toBeNull();
  expect(readPngText(new Uint8Array())).toBeNull();
  const whole = [...HEAD, ...chunk('tEXt', [...encode('a'), 0, ...encode('b')])];
  const oversized = [0xff, 0xff, 0xff, 0xff, ...encode('tEXt'), 1, 2, 3, 4];
  expect(readPngText(new Uint8Array([...whole, ...oversized]))).toEqual(new Map([['a', 'b']]));
  for (let length = 8; length < whole.length; length += 1) {
    expect(readPngText(new Uint8Array(whole.slice(0, length)))).toEqual(new Map());
  }
});
