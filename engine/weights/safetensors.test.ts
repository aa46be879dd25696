import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeRaw } from '../../tests/support/safetensors.ts';
import { HeadroomError } from '../contract/errors.ts';
import { readSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const newPath = () => join(folder, `${count++}.safetensors`);

const eightBytes = new Uint8Array(8);
const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

test('gives every tensor with its place in the file', () => {
  const header = `{"__metadata__":{"format":"pt"},"b":${entry('F16', [2], 4, 8)},"a":${entry('F32', [], 0, 4)}}`;
  const file = readSafetensors(writeRaw(newPath(), header, eightBytes));
  const dataStart = 8 + header.length;
  expect(file.metadata).toEqual(new Map([['format', 'pt']]));
  expect(file.entries).toEqual(
    new Map([
      ['b', { name: 'b', dtype: 'F16', shape: [2], offset: dataStart + 4, length: 4 }],
      ['a', { name: 'a', dtype: 'F32', shape: [], offset: dataStart, length: 4 }],
    ]),
  );
});

test('reads a file again once it has changed, and tells of one that is gone', () => {
  const path = newPath();
  const names = () => [...readSafetensors(path).entries.keys()];
  writeRaw(path, `{"a":${entry('F32', [2], 0, 8)}}`, eightBytes);
  expect(names()).toEqual(['a']);
  writeRaw(path, `{"b":${entry('F16', [4], 0, 8)},"c":${entry('F32', [0], 8, 8)}}`, eightBytes);
  expect(names()).toEqual(['b', 'c']);
  rmSync(path);
  expect(names).toThrow(/cannot be read/);
});

test('takes padding after the header, empty tensors and dtypes below a byte', () => {
  const header = `{"half":${entry('F4', [16], 0, 8)},"none":${entry('F32', [0, 3], 8, 8)}}      `;
  expect(readSafetensors(writeRaw(newPath(), header, eightBytes)).entries.size).toBe(2);
});

test('takes names that are special in JavaScript as plain names', () => {
  const header = `{"__proto__":${entry('F32', [1], 0, 4)},"constructor":${entry('F32', [1], 4, 8)}}`;
  const { entries } = readSafetensors(writeRaw(newPath(), header, eightBytes));
  expect([...entries.keys()]).toEqual(['__proto__', 'constructor']);
  expect(entries.get('toString')).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['no JSON', '{"a":', /not valid JSON/],
  ['no object', '[1, 2]', /does not begin with "\{"/],
  ['deep nesting', `{"a":${'['.repeat(100_000)}`, /not valid JSON/],
  ['an entry that is no object', '{"a":5}', /tensor "a"/],
  ['an entry without offsets', '{"a":{"dtype":"F32","shape":[2]}}', /tensor "a": data_offsets/],
  ['metadata that is no table of texts', '{"__metadata__":{"a":1}}', /metadata/],
  ['an unknown dtype', `{"a":${entry('F7', [2], 0, 8)}}`, /tensor "a" has the unknown dtype "F7"/],
  ['a dtype named like a method', `{"a":${entry('toString', [2], 0, 8)}}`, /unknown dtype "toString"/],
  ['a size that its shape does not have', `{"a":${entry('F32', [3], 0, 8)}}`, /\(F32 \[3\]\) needs 12 bytes/],
  ['a negative dimension', `{"a":${entry('F32', [-2], 0, 8)}}`, /tensor "a": shape/],
  ['a huge dimension', `{"a":${entry('F32', [1e30], 0, 8)}}`, /tensor "a": shape/],
  [
    'a product beyond all bounds',
    `{"a":${entry('F32', Array(22).fill(2 ** 52), 0, 8)}}`,
    /tensor "a" \(F32 \[4503599627370496, /,
  ],
  ['a negative offset', `{"a":${entry('F32', [2], -8, 0)}}`, /tensor "a": data_offsets/],
  ['a fractional offset', `{"a":${entry('F32', [2], 0.5, 8.5)}}`, /tensor "a": data_offsets/],
  ['an offset beyond the file', `{"a":${entry('F32', [2], 8, 16)}}`, /8 bytes before tensor "a" belong to no tensor/],
  ['more tensors than bytes', `{"a":${entry('F32', [4], 0, 16)}}`, /truncated/],
  ['an overlap', `{"a":${entry('F32', [2], 0, 8)},"b":${entry('F32', [1], 4, 8)}}`, /tensor "b" overlaps/],
  ['a gap', `{"a":${entry('U8', [2], 0, 2)},"b":${entry('U8', [2], 6, 8)}}`, /4 bytes before tensor "b"/],
  ['bytes after the last tensor', `{"a":${entry('U8', [2], 0, 2)}}`, /last 6 bytes belong to no tensor/],
  ['a name twice', `{"a":${entry('F32', [2], 0, 8)},"a":${entry('F32', [2], 0, 8)}}`, /names "a" twice/],
  [
    'a name twice that ends in a backslash',
    String.raw`{"a\\":${entry('F32', [2], 0, 8)},"a\\":${entry('F32', [2], 0, 8)}}`,
    /names "a\\" twice/,
  ],
  ['a name twice, once escaped', `{"a":${entry('F32', [2], 0, 8)},"\\u0061":${entry('F32', [2], 0, 8)}}`, /"a" twice/],
])('refuses a header with %s', (_case, header, reason) => {
  expectRefused(writeRaw(newPath(), header, eightBytes), reason);
});

test('refuses a header with a very long name without hanging', () => {
  const name = '\\"'.repeat(5_000_000);
  expectRefused(writeRaw(newPath(), `{"${name}":1,"${name}":1}`), /header names ".{300,400}…\.$/);
});

test('refuses a header that is not UTF-8', () => {
  const path = newPath();
  writeFileSync(path, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]));
  expectRefused(path, /not UTF-8/);
});

test('refuses a header that is longer than the file, unread', () => {
  const path = newPath();
  writeFileSync(path, Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 123]));
  expectRefused(path, /states a header of 18446744073709551615 bytes but has 9/);
});

test('refuses a header over 100 MB, unread', () => {
  const path = newPath();
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(100_000_001n);
  writeFileSync(path, length);
  truncateSync(path, 200_000_000); // sparse
  expectRefused(path, /over the limit/);
});

test.each([0, 7])('refuses a file of %i bytes', (bytes) => {
  const path = newPath();
  writeFileSync(path, Buffer.alloc(bytes));
  expectRefused(path, new RegExp(`has only ${bytes} bytes`));
});

test('refuses a truncated file', () => {
  const path = writeRaw(newPath(), `{"a":${entry('F32', [2], 0, 8)}}`, eightBytes);
  truncateSync(path, 60);
  expectRefused(path, /truncated/);
});

test('refuses what is not there or not a file', () => {
  expectRefused(join(folder, 'absent.safetensors'), /cannot be read: ENOENT/);
  expectRefused(folder, /not a regular file|EISDIR/);
});

function expectRefused(path: string, reason: RegExp): void {
  let thrown: unknown;
  try {
    readSafetensors(path);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(HeadroomError);
  expect((thrown as HeadroomError).code).toBe('file');
  expect((thrown as HeadroomError).message).toContain(path);
  expect((thrown as HeadroomError).message).toMatch(reason);
}
