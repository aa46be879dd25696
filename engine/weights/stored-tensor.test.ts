import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StoredType, writeSafetensors } from '../../tests/support/safetensors.ts';
import { cutRows, type StoredTensor, storedTensors } from './stored-tensor.ts';
import { readValues } from './tensor-values.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-rows-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Seven rows of 0 to 6, after another tensor. */
function sevenRows(dtype: StoredType): StoredTensor {
  const values = Float32Array.from({ length: 21 }, (_, index) => Math.floor(index / 3));
  const path = writeSafetensors(
    join(folder, `${dtype}.safetensors`),
    { first: { shape: [5], values: new Float32Array(5).fill(9) }, rows: { shape: [7, 3], values } },
    dtype,
  );
  return storedTensors(path)[1] as StoredTensor;
}

test.each<StoredType>(['F32', 'F16', 'BF16'])('parts of a tensor in %s have the bytes of their rows', (dtype) => {
  const parts = cutRows(sevenRows(dtype), [1, 2, 4]);
  expect(parts.map(({ shape }) => shape)).toEqual([
    [1, 3],
    [2, 3],
    [4, 3],
  ]);
  expect(parts.map((part) => [...readValues(part)])).toEqual([
    [0, 0, 0],
    [1, 1, 1, 2, 2, 2],
    [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6],
  ]);
});

test('rows that the parts do not divide are refused', () => {
  expect(() => cutRows(sevenRows('F16'), [1, 1, 1])).toThrow(
    /"rows" of .*F16\.safetensors has 7 rows, which are not 1 \+ 1 \+ 1/,
  );
});
